using UnifiedVlm.Model.Tokenizers.Normalizers;

namespace UnifiedVlm.Tests.Unit.Model.Tokenizers;

/// <summary>Expected values from Python's unicodedata.</summary>
public sealed class UnicodeNormalizerTests
{
    [Theory]
    [InlineData("plain ASCII", "plain ASCII", "plain ASCII", "plain ASCII", "plain ASCII")]
    [InlineData("e\u0301", "\u00E9", "e\u0301", "\u00E9", "e\u0301")]
    [InlineData("\u212B \u2126", "\u00C5 \u03A9", "A\u030A \u03A9", "\u00C5 \u03A9", "A\u030A \u03A9")]
    [InlineData("a\u0315\u0300\u05AE\u0300b", "\u00E0\u05AE\u0300\u0315b", "a\u05AE\u0300\u0300\u0315b", "\u00E0\u05AE\u0300\u0315b", "a\u05AE\u0300\u0300\u0315b")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01", "\u1100\u1161\u11A8", "\uAC01", "\u1100\u1161\u11A8")]
    [InlineData("\uAC00\u11A8", "\uAC01", "\u1100\u1161\u11A8", "\uAC01", "\u1100\u1161\u11A8")]
    [InlineData("\u0344", "\u0308\u0301", "\u0308\u0301", "\u0308\u0301", "\u0308\u0301")]
    [InlineData("\uFB01 \u00BD \u2460", "\uFB01 \u00BD \u2460", "\uFB01 \u00BD \u2460", "fi 1\u20442 1", "fi 1\u20442 1")]
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323", "\u017F\u0323\u0307", "\u1E69", "s\u0323\u0307")]
    [InlineData("\u0385", "\u0385", "\u00A8\u0301", " \u0308\u0301", " \u0308\u0301")]
    [InlineData("\u03D3", "\u03D3", "\u03D2\u0301", "\u038E", "\u03A5\u0301")]
    [InlineData("\u1E9B", "\u1E9B", "\u017F\u0307", "\u1E61", "s\u0307")]
    [InlineData("\u1FED", "\u1FED", "\u00A8\u0300", " \u0308\u0300", " \u0308\u0300")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165", "\U0001D157\U0001D165", "\U0001D157\U0001D165", "\U0001D157\U0001D165")]
    [InlineData("\U000110A5\U000110BA", "\U000110AB", "\U000110A5\U000110BA", "\U000110AB", "\U000110A5\U000110BA")]
    [InlineData("\u0301a", "\u0301a", "\u0301a", "\u0301a", "\u0301a")]
    public void The_four_forms(string text, string nfc, string nfd, string nfkc, string nfkd)
    {
        Assert.Equal(nfc, new UnicodeNormalizer(UnicodeForm.NFC).Normalize(text));
        Assert.Equal(nfd, new UnicodeNormalizer(UnicodeForm.NFD).Normalize(text));
        Assert.Equal(nfkc, new UnicodeNormalizer(UnicodeForm.NFKC).Normalize(text));
        Assert.Equal(nfkd, new UnicodeNormalizer(UnicodeForm.NFKD).Normalize(text));
    }

    [Fact]
    public void Half_a_surrogate_pair_passes_as_it_is() =>
        Assert.Equal("\u00E9\uD800x", new UnicodeNormalizer(UnicodeForm.NFC).Normalize("e\u0301\uD800x"));
}
