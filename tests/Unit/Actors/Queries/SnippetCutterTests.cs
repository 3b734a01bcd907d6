using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Tests.Unit.Actors.Queries;

public sealed class SnippetCutterTests
{
    private static readonly InterleavedDocument Document = FakeBackend.Document("d", "one two three four five", "!a red flag", "!");

    [Fact]
    public void A_span_of_text_is_cut_at_a_word() => Assert.Equal("two three…", SnippetCutter.Cut(Document, new(0, PartKind.Text, 4, 19), 12));

    [Fact]
    public void A_short_span_stays_whole() => Assert.Equal("two", SnippetCutter.Cut(Document, new(0, PartKind.Text, 3, 4), 12));

    [Fact]
    public void A_picture_shows_its_alternative_text() => Assert.Equal("a red flag", SnippetCutter.Cut(Document, new(1, PartKind.Image, 0, 0), 12));

    [Fact]
    public void A_picture_without_words_shows_nothing() => Assert.Null(SnippetCutter.Cut(Document, new(2, PartKind.Image, 0, 0), 12));

    [Theory]
    [InlineData(7, 0, 1)]
    [InlineData(0, 20, 10)]
    [InlineData(0, 100, 1)]
    public void A_part_that_is_not_there_any_more_shows_nothing(int source, int start, int length)
        => Assert.Null(SnippetCutter.Cut(Document, new(source, PartKind.Text, start, length), 12));

    [Fact]
    public void A_surrogate_pair_is_not_cut_in_two()
    {
        var document = FakeBackend.Document("d", "abcdefghijk😀😀😀");
        Assert.Equal("abcdefghijk…", SnippetCutter.Cut(document, new(0, PartKind.Text, 0, 17), 12));
    }
}
