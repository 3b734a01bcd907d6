using System.Text.Json.Nodes;
using UnifiedVlm.Client;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Tests.Unit.Client;

/// <summary>What can be asked of a search, as the server reads it, and what comes back.</summary>
public sealed class SearchQueryTests
{
    private const string Parts = """[{"type":"text","text":"The boat leaves."},{"type":"text","text":"The boat is rescued."}]""";

    private static readonly SearchQuery Sequence = new([new TextPart("The boat leaves."), new TextPart("The boat is rescued.")]);

    [Fact]
    public async Task A_question_without_more_is_its_parts()
        => await AssertSentAsync(Sequence, $$"""{"parts":{{Parts}}}""");

    [Fact]
    public async Task Parts_times_and_effort_are_asked_for_by_the_servers_names()
    {
        var query = Sequence with
        {
            Mode = SearchMode.Parts,
            From = new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.FromHours(2)),
            To = new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero),
            Budget = TimeSpan.FromMilliseconds(200),
            Candidates = 77,
            EfSearch = 88,
        };
        await AssertSentAsync(
            query,
            $$"""{"parts":{{Parts}},"mode":"parts","from":"2026-01-31T10:00:00.0000000Z","to":"2026-02-01T00:00:00.0000000Z","budget_ms":200,"candidates":77,"ef_search":88}""");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task What_is_missing_is_a_gap_among_the_parts(int gap)
    {
        var parts = JsonNode.Parse(Parts)!.AsArray();
        parts.Insert(gap, new JsonObject { ["type"] = "gap" });
        await AssertSentAsync(Sequence with { Mode = SearchMode.Missing, Gap = gap }, $$"""{"parts":{{parts.ToJsonString()}},"mode":"missing"}""");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    public async Task A_gap_beyond_the_parts_is_refused_before_anything_is_sent(int gap)
    {
        var server = new FakeServer(FakeServer.Json("{}"));
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => Client(server).SearchAsync(Sequence with { Mode = SearchMode.Missing, Gap = gap }));
        Assert.Contains("Gap", refused.Message, StringComparison.Ordinal);
        Assert.Empty(server.Asked);
    }

    [Fact]
    public async Task A_stored_document_stands_in_place_of_parts()
        => await AssertSentAsync(SearchQuery.LikeDocument("manuals/pump-7") with { K = 3 }, """{"like":"manuals/pump-7","mode":"like","k":3}""");

    [Fact]
    public async Task Parts_ranks_candidates_and_timings_come_back()
    {
        var server = new FakeServer(FakeServer.Json("""
            {
                "hits":[{"id":"a","collection":"c","version":3,"score":0.5,"ranks":{"part":1,"text":2,"picture":4,"alignment":3},"matches":[]}],
                "candidates":9,
                "timings":{"prepare":1,"encode":2,"candidates":3,"rerank":4,"load":5,"askedCandidates":20,"efSearch":40,"budget":200},
                "parts":[{"id":"b","collection":"c","title":"T","version":3,"score":0.25,"part":1,"start":2,"length":3,"type":"text","similarity":0.75,"text":"A storm comes up."}]
            }
            """));
        var result = await Client(server).SearchAsync(Sequence);
        Assert.Equal(new HitRanks(1, null, 2, 4, 3), Assert.Single(result.Hits).Ranks);
        Assert.Equal((9, new SearchTimings(1, 2, 3, 4, 5, 20, 40, 200)), (result.Candidates, result.Timings));
        Assert.Equal(new PartHit("b", "c", "T", 3, 0.25, 1, 2, 3, "text", 0.75f, "A storm comes up.", null), Assert.Single(result.Parts!));
    }

    [Fact]
    public async Task Where_documents_were_looked_for_there_are_no_parts()
    {
        var result = await Client(new FakeServer(FakeServer.Json("""{"hits":[],"candidates":0,"timings":{}}"""))).SearchAsync(Sequence);
        Assert.Null(result.Parts);
        Assert.Null(result.Timings!.Budget);
        Assert.Equal(0, result.Candidates);
    }

    private static async Task AssertSentAsync(SearchQuery query, string body)
    {
        var server = new FakeServer(FakeServer.Json("""{"hits":[]}"""));
        await Client(server).SearchAsync(query);
        var sent = Assert.Single(server.Asked).Body;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(body), JsonNode.Parse(sent)), sent);
    }

    private static UnifiedVlmClient Client(FakeServer server) => new(new HttpClient(server) { BaseAddress = new Uri("http://server") });
}
