using System.Buffers;
using System.Diagnostics.Metrics;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Model.Prompts;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Queries;

/// <summary>What the decoded pictures of questions take.</summary>
public sealed class QuestionPictureTests : IAsyncLifetime
{
    private const int Values = 300;
    private const int PictureBytes = Values * sizeof(float);

    private readonly ManualTimeProvider time = new();
    private readonly FakeBackend backend = new();
    private readonly List<PreparedWindow> windows = [];
    private readonly ActorSystem system;
    private long peak;

    public QuestionPictureTests()
    {
        system = new ActorSystem("test", time: time);
        backend.Window = Decode;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await system.DisposeAsync();

    [Fact]
    public async Task An_embedding_of_many_pictures_stays_within_the_budget_and_all_answers_come()
    {
        const int Budget = 24 * PictureBytes;
        var service = Start(new() { PictureBytes = PictureBytes, PixelBudget = Budget });
        var gate = new Gate();
        var prepared = new TestProbe<bool>();
        backend.OnEncode = async _ =>
        {
            prepared.Tell(true);
            await gate.PassAsync();
        };

        var embedding = service.EmbedAsync([.. Enumerable.Range(0, 16).Select(static _ => Pictures(8))], default);
        // Three inputs have room; the timers are the request's and those of the thirteen that wait.
        await time.WhenPendingAsync(14);
        await prepared.ExpectAsync(true, true, true);
        Assert.Equal(Budget, Live());
        gate.Open();
        var embedded = await embedding.WaitAsync(TestProbe.Patience);

        Assert.Equal(16, embedded.Count);
        Assert.All(embedded, static e => Assert.Equal(8, e.Embedding.Parts.Count));
        Assert.Equal(Budget, peak);
        Assert.Equal(0, Live());
    }

    [Fact]
    public async Task A_question_that_finds_no_room_in_time_is_refused_and_one_that_left_takes_none()
    {
        var service = Start(new() { PictureBytes = PictureBytes, PixelBudget = 2 * PictureBytes });
        var gate = new Gate();
        backend.OnEncode = async _ => await gate.PassAsync();
        var first = service.EmbedAsync([Pictures(2)], default);
        await gate.Entered;
        Assert.Contains(2 * PictureBytes, Gauge());
        using var caller = new CancellationTokenSource();
        var leaves = service.SearchAsync(Question(1), caller.Token);
        var second = service.SearchAsync(Question(1), default);
        var several = service.EmbedAsync([Pictures(1), Pictures(1)], default);
        // Those of the four requests, and of the four documents that wait.
        await time.WhenPendingAsync(8);

        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaves.WaitAsync(TestProbe.Patience));
        // A question without pictures has nothing to wait for.
        backend.OnEncode = null;
        await service.SearchAsync(new SearchRequest("acme", FakeBackend.Document("q", "apple")), default).WaitAsync(TestProbe.Patience);
        time.Advance(TimeSpan.FromSeconds(31));
        await Assert.ThrowsAsync<DeviceBusyException>(() => second.WaitAsync(TestProbe.Patience));
        await Assert.ThrowsAsync<DeviceBusyException>(() => several.WaitAsync(TestProbe.Patience));

        gate.Open();
        await Assert.ThrowsAsync<TimeoutException>(() => first.WaitAsync(TestProbe.Patience));
        await service.SearchAsync(Question(2), default).WaitAsync(TestProbe.Patience);
        Assert.Equal(2 * PictureBytes, peak);
    }

    [Fact]
    public async Task Pictures_that_never_have_room_are_refused_at_once_and_none_is_decoded()
    {
        var service = Start(new() { PictureBytes = PictureBytes, PixelBudget = 4 * PictureBytes });
        var refused = await Assert.ThrowsAsync<DocumentRejectedException>(() => service.SearchAsync(Question(5), default));
        Assert.Equal("parts", refused.Field);
        Assert.Contains("up to 4", refused.Fix, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DocumentRejectedException>(() => service.EmbedAsync([Pictures(1), Pictures(5)], default));
        Assert.Equal(0, peak);
    }

    [Fact]
    public async Task A_conversation_takes_room_for_its_pictures_until_they_have_been_read()
    {
        var service = Start(new() { PictureBytes = PictureBytes, PixelBudget = 2 * PictureBytes });
        await AssertHoldsRoomUntilFirstTokenAsync(service, service.ChatAsync(Conversation(2), default));
    }

    [Fact]
    public async Task An_answer_takes_room_for_the_pictures_of_its_evidence_until_they_have_been_read()
    {
        backend.Add(FakeBackend.Document("a", "apple", "!apple"), part: 1, text: 1);
        backend.Add(FakeBackend.Document("b", "apple", "!apple"), part: 2, text: 2);
        var service = Start(new() { PictureBytes = PictureBytes, PixelBudget = 2 * PictureBytes });
        await AssertHoldsRoomUntilFirstTokenAsync(service, service.AnswerAsync(new AnswerRequest("acme", FakeBackend.Document("q", "apple")), default));
    }

    [Fact]
    public async Task Pictures_of_the_evidence_that_have_no_room_are_left_out()
    {
        backend.Add(FakeBackend.Document("a", "apple", "!apple"), part: 1, text: 1);
        backend.Add(FakeBackend.Document("b", "apple", "!apple"), part: 2, text: 2);
        backend.Tokens.Add("Yes.");
        var service = Start(new() { PictureBytes = PictureBytes, PixelBudget = 2 * PictureBytes });
        var events = await CollectAsync(service.AnswerAsync(new AnswerRequest("acme", FakeBackend.Document("q", "apple", "!apple")), default));
        Assert.Equal(2, Assert.IsType<EvidenceEvent>(events[0]).Hits.Count);
        Assert.Equal([2, 1], backend.LastEvidence!.Select(static document => document.Parts.Count));
        Assert.IsType<TextPart>(Assert.Single(backend.LastEvidence![1].Parts));
    }

    [Fact]
    public async Task Evidence_that_is_left_with_nothing_costs_no_other_its_place()
    {
        backend.Add(FakeBackend.Document("a", "apple", "!apple"), part: 1, text: 1);
        backend.Add(FakeBackend.Document("picture", "!apple"), part: 2, text: 2);
        backend.Add(FakeBackend.Document("c", "apple"), part: 3, text: 3);
        backend.Tokens.Add("[2]");
        var service = Start(new() { PictureBytes = PictureBytes, PixelBudget = 2 * PictureBytes });
        var events = await CollectAsync(service.AnswerAsync(new AnswerRequest("acme", FakeBackend.Document("q", "apple", "!apple")), default));
        Assert.Equal(["a", "c"], Assert.IsType<EvidenceEvent>(events[0]).Hits.Select(static hit => hit.Id));
        Assert.Equal(["a", "c"], backend.LastEvidence!.Select(static document => document.Id));
        Assert.Equal("c", Assert.Single(events.OfType<CitationEvent>()).DocumentId);
    }

    [Fact]
    public async Task Only_who_stays_is_counted_as_refused()
    {
        // Other tests' services count too, but not in what this one has called.
        var isOwn = new AsyncLocal<bool> { Value = true };
        var refused = 0L;
        using var listener = Listener("uvlm.query.refused", value =>
        {
            if (isOwn.Value)
                Interlocked.Add(ref refused, value);
        });
        var service = Start(new() { PictureBytes = PictureBytes, PixelBudget = PictureBytes });
        var gate = new Gate();
        backend.OnEncode = async _ => await gate.PassAsync();
        var first = service.EmbedAsync([Pictures(1)], default);
        await gate.Entered;
        using var caller = new CancellationTokenSource();
        var leaves = service.SearchAsync(Question(1), caller.Token);
        var stays = service.SearchAsync(Question(1), default);
        // Those of the three requests, and of the two that wait.
        await time.WhenPendingAsync(5);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaves.WaitAsync(TestProbe.Patience));
        Assert.Equal(0, refused);

        time.Advance(TimeSpan.FromSeconds(31));
        await Assert.ThrowsAsync<DeviceBusyException>(() => stays.WaitAsync(TestProbe.Patience));
        Assert.Equal(1, refused);
        gate.Open();
        await Assert.ThrowsAsync<TimeoutException>(() => first.WaitAsync(TestProbe.Patience));
    }

    [Fact]
    public async Task A_conversation_whose_pictures_never_have_room_is_refused_and_one_that_left_takes_none()
    {
        var service = Start(new() { PictureBytes = PictureBytes, PixelBudget = 2 * PictureBytes });
        var refused = await Assert.ThrowsAsync<DocumentRejectedException>(() => CollectAsync(service.ChatAsync(Conversation(3), default)));
        Assert.Equal("messages", refused.Field);
        Assert.Contains("up to 2", refused.Fix, StringComparison.Ordinal);

        var gate = new Gate();
        backend.OnEncode = async _ => await gate.PassAsync();
        var first = service.EmbedAsync([Pictures(2)], default);
        await gate.Entered;
        using var caller = new CancellationTokenSource();
        var leaves = CollectAsync(service.ChatAsync(Conversation(1), caller.Token));
        var late = CollectAsync(service.ChatAsync(Conversation(1), default));
        await time.WhenPendingAsync(5);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaves.WaitAsync(TestProbe.Patience));
        time.Advance(TimeSpan.FromSeconds(31));
        await Assert.ThrowsAsync<DeviceBusyException>(() => late.WaitAsync(TestProbe.Patience));
        gate.Open();
        await Assert.ThrowsAsync<TimeoutException>(() => first.WaitAsync(TestProbe.Patience));
        backend.OnEncode = null;
        await CollectAsync(service.ChatAsync(Conversation(2), default)).WaitAsync(TestProbe.Patience);
    }

    /// <summary>The stream has all the room there is until its first token, and none after it.</summary>
    private async Task AssertHoldsRoomUntilFirstTokenAsync<T>(QueryService service, IAsyncEnumerable<T> stream)
    {
        Gate[] gates = [new(), new()];
        backend.Tokens.AddRange(["Ye", "s."]);
        backend.OnToken = async (i, _) => await gates[i].PassAsync();
        var streamed = CollectAsync(stream);
        await gates[0].Entered;
        var search = service.SearchAsync(Question(1), default);
        // The two questions' timers, and that of the wait for room.
        await time.WhenPendingAsync(3);
        Assert.False(search.IsCompleted);

        gates[0].Open();
        await gates[1].Entered;
        await search.WaitAsync(TestProbe.Patience);
        Assert.False(streamed.IsCompleted);
        gates[1].Open();
        Assert.NotEmpty(await streamed.WaitAsync(TestProbe.Patience));
    }

    private static async Task<List<T>> CollectAsync<T>(IAsyncEnumerable<T> stream)
    {
        var events = new List<T>();
        await foreach (var happened in stream)
            events.Add(happened);
        return events;
    }

    /// <summary>What the services of all tests that run have taken.</summary>
    private static List<long> Gauge()
    {
        var seen = new List<long>();
        using var listener = Listener("uvlm.query.pixels", seen.Add);
        listener.RecordObservableInstruments();
        return seen;
    }

    private static MeterListener Listener(string name, Action<long> measured)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, own) =>
            {
                if (instrument.Meter.Name == QueryMeter.Name && instrument.Name == name)
                    own.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => measured(value));
        listener.Start();
        return listener;
    }

    private static InterleavedDocument Pictures(int count) => FakeBackend.Document("q", [.. Enumerable.Repeat("!apple", count)]);

    private static SearchRequest Question(int pictures) => new("acme", Pictures(pictures));

    private static ChatRequest Conversation(int pictures) => new([new ChatTurn("messages[0]", ChatRole.User, Pictures(pictures).Parts)]);

    private QueryService Start(QueryOptions options) => QueryService.Start(system, "query", backend, backend, backend, backend, options);

    private PreparedWindow Decode(InterleavedDocument document)
    {
        var pictures = document.Parts.Count(static part => part is ImagePart);
        var window = new PreparedWindow([1], [], pictures == 0 ? null : ArrayPool<float>.Shared.Rent(pictures * Values), pictures * Values, pictures);
        lock (windows)
        {
            windows.Add(window);
            peak = Math.Max(peak, Live());
        }

        return window;
    }

    /// <summary>Bytes of the windows whose pixels have not been given back.</summary>
    private long Live()
    {
        lock (windows)
            return windows.Where(IsHeld).Sum(static window => window.PixelBytes);
    }

    private static bool IsHeld(PreparedWindow window)
    {
        try
        {
            return window.Pixels.Length > 0;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }
}
