using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Prompts;

namespace UnifiedVlm.Tests.Unit.Actors.Queries;

/// <summary>Conversations, embeddings and reranking for callers who bring their own texts.</summary>
public sealed class ChatTests : IAsyncDisposable
{
    private readonly FakeBackend backend = new();
    private readonly ActorSystem system = new("test");

    public async ValueTask DisposeAsync() => await system.DisposeAsync();

    [Fact]
    public async Task A_conversation_begins_with_its_size_and_ends_with_its_reason()
    {
        backend.Tokens.AddRange(["Hel", "lo", "."]);
        var events = await CollectAsync(Request());
        Assert.Equal(new ChatBegun(1), events[0]);
        Assert.Equal(["Hel", "lo", "."], events.OfType<ChatToken>().Select(static token => token.Text));
        Assert.Equal(new ChatEnded("", 3, AnswerEnd.Complete), events[^1]);
        Assert.Equal(ChatRole.User, Assert.Single(backend.LastTurns!).Role);
    }

    [Fact]
    public async Task A_stop_string_ends_the_generation_and_is_no_part_of_the_answer()
    {
        backend.Tokens.AddRange(["a", " <", "e", "nd> b", "never"]);
        var events = await CollectAsync(Request() with { Stop = ["<end>"] });
        Assert.Equal("a ", string.Concat(events.OfType<ChatToken>().Select(static token => token.Text)));
        Assert.Equal(new ChatEnded("", 4, AnswerEnd.Complete), events[^1]);
        Assert.Equal(1, backend.GenerationsEnded);
    }

    [Fact]
    public async Task What_only_looked_like_a_stop_string_comes_at_the_end()
    {
        backend.Tokens.AddRange(["a", "<e"]);
        var ended = Assert.IsType<ChatEnded>((await CollectAsync(Request() with { Stop = ["<end>"] }))[^1]);
        Assert.Equal("<e", ended.Text);
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(1024, 999)] // the context of 1,000 less the prompt
    public async Task The_limit_of_tokens_and_the_context_are_the_reason_length(int limit, int tokens)
    {
        backend.Tokens.AddRange(Enumerable.Repeat("x", 2000));
        var ended = Assert.IsType<ChatEnded>((await CollectAsync(Request() with { Sampling = SamplingOptions.Greedy with { MaxTokens = limit }, FillsContext = true }))[^1]);
        Assert.Equal((tokens, AnswerEnd.Length), (ended.Tokens, ended.Reason));
    }

    [Fact]
    public async Task Documents_are_embedded_in_their_order()
    {
        InterleavedDocument[] documents = [.. Enumerable.Range(0, 50).Select(static i => FakeBackend.Document($"{i}", new string((char)('a' + (i % 26)), 3)))];
        var embedded = await Start().EmbedAsync(documents, default);
        Assert.Equal(documents.Select(static d => FakeBackend.Embed(d).PartVectors.ToArray()), embedded.Select(static e => e.Embedding.PartVectors.ToArray()));
        Assert.All(embedded, static e => Assert.Equal(1, e.Tokens));
    }

    [Fact]
    public async Task As_many_inputs_as_OpenAIs_clients_send_at_once_are_embedded()
    {
        InterleavedDocument[] documents = [.. Enumerable.Range(0, 1000).Select(static i => FakeBackend.Document($"{i}", "abc"))];
        Assert.Equal(1000, (await Start().EmbedAsync(documents, default)).Count);
    }

    [Fact]
    public async Task Documents_are_ranked_by_their_likeness_to_the_query()
    {
        var response = await Start().RerankAsync(
            new RerankRequest(FakeBackend.Document("q", "abc"), [FakeBackend.Document("0", "xyz"), FakeBackend.Document("1", "abc"), FakeBackend.Document("2", "abz")]), default);
        Assert.Equal([1, 2, 0], response.Ranked.Select(static r => r.Index));
        Assert.All(response.Ranked, static r => Assert.InRange(r.Score, 0, 1));
        Assert.Equal(1, response.Ranked[0].Score, 1e-3);
        Assert.Equal(4, response.Tokens);
    }

    [Fact]
    public async Task More_inputs_than_allowed_are_refused()
    {
        var service = Start(new QueryOptions { MaxInputs = 2 });
        var three = Enumerable.Repeat(FakeBackend.Document("d", "a"), 3).ToArray();
        Assert.Equal("input", (await Assert.ThrowsAsync<DocumentRejectedException>(() => service.EmbedAsync(three, default))).Field);
        Assert.Equal("documents", (await Assert.ThrowsAsync<DocumentRejectedException>(() => service.RerankAsync(new RerankRequest(three[0], three), default))).Field);
    }

    private static ChatRequest Request() => new([new ChatTurn("messages[0]", ChatRole.User, [new TextPart("Hello?")])]);

    private async Task<List<ChatEvent>> CollectAsync(ChatRequest request)
    {
        var events = new List<ChatEvent>();
        await foreach (var happened in Start().ChatAsync(request, default))
            events.Add(happened);
        return events;
    }

    private QueryService Start(QueryOptions? options = null) => QueryService.Start(system, $"q{Guid.NewGuid():N}", backend, backend, backend, backend, options);
}
