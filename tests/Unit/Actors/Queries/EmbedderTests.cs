using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Queries;

/// <summary>Many documents of one request, and a device that has room for some.</summary>
public sealed class EmbedderTests : IAsyncLifetime
{
    private readonly ManualTimeProvider time = new();
    private readonly FakeBackend backend = new();
    private readonly QueryOptions options = new();
    private readonly ActorSystem system;

    public EmbedderTests() => system = new ActorSystem("test", time: time);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await system.DisposeAsync();

    [Fact]
    public async Task Documents_to_embed_wait_for_each_other_and_a_search_for_none_of_them()
    {
        // Two of them are more than may be at the device.
        var tokens = (int)options.EmbeddingTokens - 100;
        var prepared = new TestProbe<bool>();
        backend.Window = _ =>
        {
            prepared.Tell(true);
            return new PreparedWindow(new int[tokens], [], null, 0, 0);
        };
        var gate = new Gate();
        var encoded = 0;
        backend.OnEncode = async _ =>
        {
            if (Interlocked.Increment(ref encoded) == 1)
                await gate.PassAsync();
        };
        var service = Start();
        var embedding = service.EmbedAsync([Document(), Document()], default);
        await gate.Entered;
        await prepared.ExpectAsync(true, true);

        await service.SearchAsync(new SearchRequest("acme", Document()), default).WaitAsync(TestProbe.Patience);
        Assert.Equal(2, Volatile.Read(ref encoded));
        gate.Open();
        Assert.Equal([tokens, tokens], (await embedding.WaitAsync(TestProbe.Patience)).Select(static e => e.Tokens));
    }

    [Fact]
    public async Task A_document_larger_than_what_may_be_at_the_device_goes_alone()
    {
        var tokens = (int)options.EmbeddingTokens + 1;
        backend.Window = _ => new PreparedWindow(new int[tokens], [], null, 0, 0);
        var embedded = await Start().EmbedAsync([Document(), Document()], default).WaitAsync(TestProbe.Patience);
        Assert.Equal([tokens, tokens], embedded.Select(static e => e.Tokens));
    }

    [Fact]
    public async Task A_busy_device_is_asked_again_for_an_embedding()
    {
        var refusals = 2;
        backend.OnEncode = _ => Interlocked.Decrement(ref refusals) >= 0 ? throw new DeviceBusyException("full", TimeSpan.FromSeconds(1)) : Task.CompletedTask;
        var embedding = Start().EmbedAsync([Document()], default);
        for (var i = 0; i < 2; i++)
        {
            // The request's own timer, and that of the pause.
            await time.WhenPendingAsync(2);
            Assert.False(embedding.IsCompleted);
            time.Advance(options.BusyPause);
        }

        Assert.Single(await embedding.WaitAsync(TestProbe.Patience));
    }

    [Fact]
    public async Task An_embedding_for_which_the_device_has_no_room_in_time_is_refused()
    {
        backend.OnEncode = static _ => throw new DeviceBusyException("full", TimeSpan.FromSeconds(3));
        var embedding = Start().EmbedAsync([Document(), Document()], default);
        // The request's own timer, and those of the two pauses.
        await time.WhenPendingAsync(3);
        time.Advance(options.SearchTimeout);
        var busy = await Assert.ThrowsAsync<DeviceBusyException>(() => embedding.WaitAsync(TestProbe.Patience));
        Assert.Equal(3, busy.RetryAfter.TotalSeconds);
    }

    [Fact]
    public async Task Documents_of_several_parts_are_told_apart_however_alike_they_are()
    {
        // Parts that resemble each other: the sum over all paths is above 1 for both documents.
        string[] parts = ["abcdefghij", "abcdefghik", "abcdefghil"];
        var response = await Start().RerankAsync(
            new RerankRequest(FakeBackend.Document("q", parts), [FakeBackend.Document("near", [.. parts[..2], "abcdefghim"]), FakeBackend.Document("same", parts)]), default);
        Assert.Equal([1, 0], response.Ranked.Select(static r => r.Index));
        Assert.Equal(1, response.Ranked[0].Score, 1e-3);
        Assert.InRange(response.Ranked[1].Score, 0.1f, 0.95f);
    }

    [Fact]
    public async Task Embeddings_and_rerankings_leave_an_actor_to_searches()
    {
        var gate = new Gate();
        backend.Window = document =>
        {
            if (document.Id == "held")
                gate.Pass();
            return new PreparedWindow([1], [], null, 0, 0);
        };
        var service = Start(options with { Actors = 2 });
        var held = FakeBackend.Document("held", "apple");
        var embedding = service.EmbedAsync([held], default);
        await gate.Entered;
        var reranking = service.RerankAsync(new RerankRequest(held, [held]), default);

        await service.SearchAsync(new SearchRequest("acme", Document()), default).WaitAsync(TestProbe.Patience);
        Assert.False(reranking.IsCompleted);
        gate.Open();
        await Task.WhenAll(embedding, reranking).WaitAsync(TestProbe.Patience);
    }

    [Fact]
    public async Task Answers_leave_an_actor_to_embeddings()
    {
        backend.Add(Document(), part: 1, text: 1);
        backend.Tokens.Add("x");
        var gate = new Gate();
        backend.OnToken = async (_, _) => await gate.PassAsync();
        var service = Start(options with { Actors = 3 });
        var first = AnswerAsync(service);
        await gate.Entered;
        var second = AnswerAsync(service);

        Assert.Single(await service.EmbedAsync([Document()], default).WaitAsync(TestProbe.Patience));
        Assert.False(second.IsCompleted);
        gate.Open();
        await Task.WhenAll(first, second).WaitAsync(TestProbe.Patience);
        Assert.Equal(2, backend.GenerationsEnded);
    }

    private static async Task AnswerAsync(QueryService service)
    {
        await foreach (var _ in service.AnswerAsync(new AnswerRequest("acme", FakeBackend.Document("q", "apple")), default))
        {
        }
    }

    private static InterleavedDocument Document() => FakeBackend.Document("d", "apple");

    private QueryService Start(QueryOptions? other = null) => QueryService.Start(system, "query", backend, backend, backend, backend, other ?? options);
}
