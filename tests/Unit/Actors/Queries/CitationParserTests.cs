using UnifiedVlm.Actors.Queries;

namespace UnifiedVlm.Tests.Unit.Actors.Queries;

public sealed class CitationParserTests
{
    [Theory]
    [InlineData("as [1] says", "1@3")]
    [InlineData("[1][2]", "1@0 2@3")]
    [InlineData("see [1, 3]; and [2;3].", "1@4 3@4 2@16 3@16")]
    [InlineData("[4] [0] [-1] [99999999999999999999]", "")]
    [InlineData("[1, 9]", "1@0")]
    [InlineData("[1, 1]", "1@0")]
    [InlineData("[a1] [1a] [] [,] [1,] array[i] [[2]]", "2@32")]
    [InlineData("[1\n]", "")]
    [InlineData("[1 2]", "")]
    [InlineData("[1 ] [ 2 ] [1 , 3]; [2  ;3 ]", "1@0 2@5 1@11 3@11 2@20 3@20")]
    [InlineData("[1 , 2 3] [1 x] [ ] [1 ,]", "")]
    public void Only_numbers_of_the_evidence_are_citations(string text, string expected) => Assert.Equal(expected, Parse([text]));

    [Fact]
    public void It_does_not_matter_how_the_text_is_cut_into_tokens()
    {
        const string Text = "One [1], both [2, 3] and none [7] [x].";
        for (var size = 1; size < Text.Length; size++)
            Assert.Equal("1@4 2@14 3@14", Parse(Text.Chunk(size).Select(c => new string(c))));
    }

    private static string Parse(IEnumerable<string> pieces)
    {
        var parser = new CitationParser(evidence: 3);
        return string.Join(' ', pieces.SelectMany(parser.Add).Select(c => $"{c.Number}@{c.Position}"));
    }
}
