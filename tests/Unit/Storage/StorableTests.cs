using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Content;

namespace UnifiedVlm.Tests.Unit.Storage;

public sealed class StorableTests
{
    [Theory]
    [InlineData("")]
    [InlineData("plain é 中")]
    [InlineData("pair \U0001F600\U0001F601 end")]
    public void Unicode_can_be_stored(string text) => Assert.Null(Storable.Find("f", text));

    public static TheoryData<int> Broken => [0, 1, 2, 3, 4];

    [Theory]
    [MemberData(nameof(Broken))]
    public void Halves_and_zeros_are_found_wherever_they_stand(int which)
    {
        string[] broken = ["\ud83d", "x\ude00", "\U0001F600\ud83d", "\ude00\ud83d", "a\0b"];
        Assert.Equal("f", Storable.Find("f", broken[which])?.Field);
        Assert.Null(Storable.Find("f", SafeText.Clean(broken[which])));
    }

    [Fact]
    public void The_field_is_named()
    {
        var document = new InterleavedDocument { Id = "x", Parts = [new TextPart("a"), new ImagePart(new InlineImage(new byte[] { 1 }), "\0")] };
        Assert.Equal("parts[1].alt", Storable.Find(document)?.Field);
        Assert.Equal("title", Storable.Find(document with { Title = "\ud800" })?.Field);
    }

    [Theory]
    [InlineData("en", "english")]
    [InlineData("pt-BR", "portuguese")]
    [InlineData("DE_at", "german")]
    [InlineData("zh-Hant", "simple")]
    [InlineData("", "simple")]
    [InlineData(null, "simple")]
    public void A_language_finds_its_text_configuration(string? language, string expected) => Assert.Equal(expected, TextConfigurations.For(language));

    [Fact]
    public void A_picture_is_what_its_first_bytes_say()
    {
        Assert.Equal("image/png", ImageMediaType.Of([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D], "image/jpeg"));
        Assert.Equal("image/jpeg", ImageMediaType.Of([0xFF, 0xD8, 0xFF], null));
        Assert.Equal("image/webp", ImageMediaType.Of("RIFF....WEBPVP8 "u8, null));
        Assert.Equal("image/avif", ImageMediaType.Of([0, 0], "image/avif"));
        Assert.Equal("application/octet-stream", ImageMediaType.Of([], null));
    }
}
