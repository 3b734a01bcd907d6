using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Search;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Queries;

public sealed class SearchModeTests : IAsyncLifetime
{
    private readonly FakeBackend backend = new();
    private readonly ActorSystem system = new("test", time: new ManualTimeProvider());

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await system.DisposeAsync();

    [Fact]
    public async Task Parts_are_ranked_by_likeness_and_words_with_their_documents()
    {
        backend.Add(FakeBackend.Document("fruit", "xyz", "apple pie", "!apple"), part: 2, text: 1);
        backend.Add(FakeBackend.Document("other", "apple", "uvw"), part: 1);
        var found = await Start().SearchAsync(Request("apple") with { Mode = SearchMode.Parts, K = 3 }, default);

        Assert.Empty(found.Hits);
        // The picture's alternative text and "apple pie" hold the word; "apple" of the other document is as near as the picture.
        Assert.Equal([("fruit", 2), ("fruit", 1), ("other", 0)], found.Parts.Select(p => (p.Id, p.Part.SourcePart)).OrderBy(p => p.Item1 == "other"));
        Assert.Equal(["apple", "apple", "apple pie"], found.Parts.Select(p => p.Snippet).Order());
        Assert.Equal(found.Parts.Select(p => p.Score).OrderDescending(), found.Parts.Select(p => p.Score));
        Assert.Equal(1, found.Parts.Max(p => p.Similarity)!.Value, 1e-5);
    }

    [Fact]
    public async Task Where_vectors_say_little_words_decide_among_parts()
    {
        backend.Add(FakeBackend.Document("near", "apple apple", "apple"), part: 1);
        backend.Add(FakeBackend.Document("spoken", "about lamps and apples", "xyz"), text: 1);
        var found = await Start(new() { Weights = new(0.01, 0.01, 1) }).SearchAsync(Request("apple") with { Mode = SearchMode.Parts }, default);
        Assert.Equal(("spoken", "about lamps and apples"), (found.Parts[0].Id, found.Parts[0].Snippet));
    }

    [Theory]
    [InlineData(4, "second")]
    [InlineData(3, "near")]
    public async Task Words_are_read_of_the_best_documents_as_far_as_there_is_room(int room, string first)
    {
        backend.Add(FakeBackend.Document("near", "apple apple", "apple"), part: 1);
        backend.Add(FakeBackend.Document("first", "xyz"), text: 1);
        backend.Add(FakeBackend.Document("second", "about lamps and apples"), text: 2);
        var service = Start(new() { Weights = new(0.01, 0.01, 1), DocumentCharacters = room });
        Assert.Equal(first, (await service.SearchAsync(Request("apple") with { Mode = SearchMode.Parts }, default)).Parts[0].Id);
    }

    [Fact]
    public async Task A_missing_part_is_found_with_its_words()
    {
        backend.Add(FakeBackend.Document("story", "aaa", "bbb", "ccc"), part: 1);
        var found = await Start().SearchAsync(new SearchRequest("a", FakeBackend.Document("q", "aaa", "ccc")) { Mode = SearchMode.Missing, Gap = 1 }, default);
        Assert.Equal(("story", "bbb"), (Assert.Single(found.Parts).Id, found.Parts[0].Snippet));
        Assert.Null(found.Parts[0].Similarity);
    }

    [Fact]
    public async Task A_stored_document_stands_in_for_a_question_and_nothing_is_encoded()
    {
        backend.Add(FakeBackend.Document("x", "apple"), part: 1);
        backend.Add(FakeBackend.Document("y", "apple too"), part: 2);
        backend.OnEncode = static _ => throw new InvalidOperationException("It was encoded.");
        var service = Start();
        var found = await service.SearchAsync(new SearchRequest("a", null) { Mode = SearchMode.Like, Like = "x" }, default);
        Assert.Equal(["x", "y"], found.Hits.Select(h => h.Id).Order()); // leaving it out is the store's work
        Assert.Equal(("x", (string?)null), (backend.LastQuery!.Excluded, backend.LastQuery.Text));
        Assert.Equal(FakeBackend.Embed(backend.Stored["x"]).PartVectors.ToArray(), backend.LastQuery.Embedding.PartVectors.ToArray());
        var error = await Assert.ThrowsAsync<UnknownDocumentException>(() => service.SearchAsync(new SearchRequest("a", null) { Mode = SearchMode.Like, Like = "gone" }, default));
        Assert.Contains("'gone'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_and_alignment_can_be_left_out()
    {
        backend.Add(FakeBackend.Document("a", "zzz"), text: 1);
        backend.Add(FakeBackend.Document("b", "apple"), text: 2);
        var found = await Start().SearchAsync(Request("apple") with { Lists = SearchLists.Text, Rerank = null }, default);
        Assert.Equal(SearchLists.Text, backend.LastQuery!.Lists);
        Assert.Equal(["a", "b"], found.Hits.Select(h => h.Id));
        Assert.All(found.Hits, static h => Assert.Null(h.AlignmentRank));
    }

    [Fact]
    public async Task Candidates_and_ef_search_reach_the_store_and_the_timings()
    {
        var found = await Start().SearchAsync(Request("apple") with { Candidates = 33, EfSearch = 44 }, default);
        Assert.Equal((33, 44), (backend.LastQuery!.CandidateCount, backend.LastQuery.EfSearch));
        Assert.Equal(new SearchEffort(33, 44, null), found.Timings.Effort);
    }

    [Fact]
    public async Task What_does_not_go_together_is_refused_and_the_field_named()
    {
        var service = Start();
        var text = FakeBackend.Document("q", "apple");
        foreach (var (request, field) in ((SearchRequest, string)[])
        [
            (new("a", text) { Like = "x" }, "like"), (new("a", null) { Mode = SearchMode.Like }, "like"), (new("a", text) { Mode = SearchMode.Like, Like = "x" }, "parts"),
            (new("a", null), "parts"), (new("a", text) { Gap = 0 }, "parts"), (new("a", text) { Mode = SearchMode.Parts, Gap = 0 }, "parts"),
            (new("a", text) { Mode = SearchMode.Missing }, "parts"), (new("a", text) { Mode = SearchMode.Missing, Gap = 2 }, "parts"),
        ])
            Assert.Equal(field, (await Assert.ThrowsAsync<DocumentRejectedException>(() => service.SearchAsync(request, default))).Field);
        foreach (var (request, field) in ((SearchRequest, string)[])
        [
            (Request("a") with { Candidates = 1001 }, "candidates"), (Request("a") with { Candidates = 0 }, "candidates"), (Request("a") with { EfSearch = 1001 }, "ef_search"),
            (Request("a") with { Budget = TimeSpan.Zero }, "budget_ms"), (Request("a") with { Budget = TimeSpan.FromDays(100) }, "budget_ms"),
        ])
            Assert.Equal(field, (await Assert.ThrowsAsync<DocumentRejectedException>(() => service.SearchAsync(request, default))).Field);
    }

    private static SearchRequest Request(string text) => new("a", FakeBackend.Document("q", text));

    private QueryService Start(QueryOptions? options = null) => QueryService.Start(system, "query", backend, backend, backend, backend, options);
}
