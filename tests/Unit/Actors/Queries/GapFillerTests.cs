using UnifiedVlm.Actors.Queries;

namespace UnifiedVlm.Tests.Unit.Actors.Queries;

public sealed class GapFillerTests
{
    private readonly FakeBackend backend = new();

    [Theory]
    [InlineData(0, "aaa")]
    [InlineData(1, "bbb")]
    [InlineData(2, "ccc")]
    [InlineData(3, "ddd")]
    public void The_part_that_was_left_out_comes_back(int gap, string missing)
    {
        string[] story = ["aaa", "bbb", "ccc", "ddd"];
        backend.Add(FakeBackend.Document("story", story), part: 3);
        backend.Add(FakeBackend.Document("shuffled", "ddd", "bbb", "aaa", "ccc"), part: 1);
        backend.Add(FakeBackend.Document("other", "xyz", "uvw"), part: 2);
        var hits = Rank([.. story.Where((_, i) => i != gap)], gap);
        Assert.Equal("story", hits[0].Id);
        Assert.Equal(missing, Text(hits[0]));
        Assert.Equal(["story", "shuffled", "other"], hits.Select(h => h.Id));
        Assert.True(hits[0].Score > hits[1].Score);
    }

    [Theory]
    [InlineData(50)]
    [InlineData(0)]
    [InlineData(119)]
    public void In_a_long_document_the_place_is_found(int place)
    {
        // Two letters each, so that every part differs from its neighbours.
        string[] parts = [.. Enumerable.Range(0, 120).Select(static i => $"{(char)('a' + i % 26)}{(char)('a' + (i / 26 + 13) % 26)}{(char)('a' + i / 26)}")];
        backend.Add(FakeBackend.Document("long", parts), part: 1);
        var (first, last) = (Math.Max(0, place - 2), Math.Min(119, place + 2));
        var around = Enumerable.Range(first, last - first + 1).Where(i => i != place).ToArray();
        var hit = Assert.Single(Rank([.. around.Select(i => parts[i])], around.Count(i => i < place)));
        Assert.Equal(parts[place], Text(hit));
    }

    [Fact]
    public void A_text_of_several_embedded_parts_counts_as_one_of_the_question()
    {
        backend.Add(FakeBackend.Document("story", "aaa", "bbb", "ccc", "ddd"), part: 1);
        var query = FakeBackend.Embed(FakeBackend.Document("q", "aaa", "bbb", "ddd"));
        // The first two are spans of one text.
        query = query with { Parts = [query.Parts[0], query.Parts[1] with { SourcePart = 0, Start = 3 }, query.Parts[2] with { SourcePart = 1 }] };
        Assert.Equal("ccc", Text(GapFiller.Rank(query, 1, backend.Candidates, 5, new())[0]));
    }

    private IReadOnlyList<PartHit> Rank(string[] query, int gap) => GapFiller.Rank(FakeBackend.Embed(FakeBackend.Document("q", query)), gap, backend.Candidates, 10, new());

    private string Text(PartHit hit) => ((UnifiedVlm.Documents.TextPart)backend.Stored[hit.Id].Parts[hit.Part.SourcePart]).Text;
}
