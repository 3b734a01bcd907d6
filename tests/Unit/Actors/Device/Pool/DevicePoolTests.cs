using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Device.Pool;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Device.Pool;

/// <summary>Where work goes among several devices, and what becomes of it when one of them fails, is brought back, or does not answer.</summary>
public sealed class DevicePoolTests : IDisposable
{
    private static readonly PoolOptions Options = new();

    private readonly ManualTimeProvider time = new();
    private readonly DevicePool pool;

    public DevicePoolTests() => pool = new DevicePool("pool", Options, time, NullLogger<DevicePool>.Instance);

    public void Dispose() => pool.Dispose();

    [Fact]
    public async Task Documents_are_spread_and_wait_for_room_in_the_order_of_their_coming()
    {
        var (a, b) = (Add("a", 1), Add("b", 1));
        Task<SequenceEmbedding>[] encodings = [Ingest(1), Ingest(2), Ingest(3), Ingest(4)];
        var (first, second) = (await a.Calls.ReceiveAsync(), await b.Calls.ReceiveAsync());
        Assert.Equal((1, 2), (first.Document.TokenCount, second.Document.TokenCount));
        Assert.Equal(2, pool.Waiting);
        second.Succeed();
        var third = await b.Calls.ReceiveAsync();
        Assert.Equal(3, third.Document.TokenCount);
        first.Succeed();
        (await a.Calls.ReceiveAsync()).Succeed();
        third.Succeed();
        Assert.Equal([1, 2, 3, 4], (await Task.WhenAll(encodings).WaitAsync(TestProbe.Patience)).Select(static e => (int)e.DocumentVector.Span[0]));
    }

    [Fact]
    public async Task A_device_gets_as_much_as_it_is_fast()
    {
        var (fast, slow) = (Add("fast"), Add("slow"));
        var begun = new[] { Ingest(10), Ingest(10) };
        var (quick, late) = (await fast.Calls.ReceiveAsync(), await slow.Calls.ReceiveAsync());
        time.Advance(TimeSpan.FromMilliseconds(100));
        quick.Succeed();
        await begun[0].WaitAsync(TestProbe.Patience);
        time.Advance(TimeSpan.FromMilliseconds(850));
        late.Succeed();
        await begun[1].WaitAsync(TestProbe.Patience);

        var encodings = Enumerable.Range(0, 11).Select(_ => Ingest(10)).ToArray();
        for (var i = 0; i < 10; i++)
            (await fast.Calls.ReceiveAsync()).Succeed();
        (await slow.Calls.ReceiveAsync()).Succeed();
        await Task.WhenAll(encodings).WaitAsync(TestProbe.Patience);
    }

    [Fact]
    public async Task A_query_is_refused_when_no_device_has_room_and_goes_before_documents_when_one_has()
    {
        var local = new PoolDevice("cpu", 1, isRemote: false);
        pool.Add(local);
        _ = Ingest(1);
        var held = await local.Calls.ReceiveAsync();
        await Assert.ThrowsAsync<DeviceBusyException>(() => Query(1));

        // Credit of another node comes over the network: for that a query waits a little.
        var remote = Add("remote", 0);
        var ingest = Ingest(2);
        var query = Query(3);
        held.Succeed();
        var next = await local.Calls.ReceiveAsync();
        Assert.Equal(3, next.Document.TokenCount);
        var late = Query(4);
        time.Advance(Options.QueryPatience);
        await Assert.ThrowsAsync<DeviceBusyException>(() => late);
        next.Succeed();
        await query.WaitAsync(TestProbe.Patience);
        (await local.Calls.ReceiveAsync()).Succeed();
        await ingest.WaitAsync(TestProbe.Patience);
        remote.Calls.ExpectNone();
    }

    [Fact]
    public async Task A_query_that_is_always_told_that_there_is_no_room_after_all_is_refused_as_that()
    {
        var remote = Add("remote");
        var query = Query(1);
        for (var i = 0; i <= Options.MaxMoves; i++)
            (await remote.Calls.ReceiveAsync()).Fail(new DeviceBusyException("full", TimeSpan.FromSeconds(1)));
        await Assert.ThrowsAsync<DeviceBusyException>(() => query.WaitAsync(TestProbe.Patience));

        // Its patience begins once.
        query = Query(1);
        (await remote.Calls.ReceiveAsync()).Fail(new DeviceBusyException("full", TimeSpan.FromSeconds(1)));
        var second = await remote.Calls.ReceiveAsync();
        time.Advance(Options.QueryPatience);
        second.Fail(new DeviceBusyException("full", TimeSpan.FromSeconds(1)));
        var third = await Task.WhenAny(query, remote.Calls.ReceiveAsync()).WaitAsync(TestProbe.Patience);
        Assert.Same(query, third);
        await Assert.ThrowsAsync<DeviceBusyException>(() => query);
    }

    [Fact]
    public async Task Without_any_device_queries_are_refused_and_documents_wait_for_one()
    {
        Assert.False(pool.HasDevice);
        await Assert.ThrowsAsync<DeviceLostException>(() => Query(1));
        var waiting = Ingest(1);
        var late = Add("late");
        (await late.Calls.ReceiveAsync()).Succeed();
        await waiting.WaitAsync(TestProbe.Patience);
        Assert.True(pool.HasDevice);
    }

    [Fact]
    public async Task What_a_lost_device_had_goes_elsewhere_and_it_is_tried_again_after_its_pause()
    {
        var (lost, other) = (Add("lost", 2), Add("other", 1));
        Task[] encodings = [Ingest(1), Ingest(1), Ingest(1)];
        var (failing, beside) = (await lost.Calls.ReceiveAsync(), await lost.Calls.ReceiveAsync());
        failing.Fail(new DeviceLostException("gone"));

        // One after the other on the device that is left; what was beside the failure was taken along.
        for (var i = 0; i < 3; i++)
            (await other.Calls.ReceiveAsync()).Succeed();
        await Task.WhenAll(encodings).WaitAsync(TestProbe.Patience);
        Assert.True(beside.Token.IsCancellationRequested);
        var status = pool.Status.Single(static s => s.Name == "lost");
        Assert.Equal((true, 2, 1), (status.IsAside, status.Moved, status.SetAside));

        Task[] more = [Ingest(1), Ingest(1)];
        var held = await other.Calls.ReceiveAsync();
        lost.Calls.ExpectNone();
        time.Advance(Options.MinBackoff);
        (await lost.Calls.ReceiveAsync()).Succeed();
        held.Succeed();
        await Task.WhenAll(more).WaitAsync(TestProbe.Patience);
    }

    [Fact]
    public async Task A_document_by_which_devices_are_lost_is_not_passed_on_for_ever()
    {
        var calls = AddSeveral(4);
        var killer = Ingest(1);
        bool[] alone = new bool[3];
        for (var i = 0; i < 3; i++)
        {
            var call = await calls.ReceiveAsync();
            alone[i] = call.Document.Alone;
            call.Begun();
            call.Fail(new DeviceLostException("killed"));
        }

        await Assert.ThrowsAsync<DeviceFailedException>(() => killer.WaitAsync(TestProbe.Patience));
        Assert.Equal([false, true, true], alone);
    }

    [Fact]
    public async Task Documents_that_only_waited_on_lost_devices_are_not_blamed()
    {
        var calls = AddSeveral(6);
        var innocent = Ingest(1);
        for (var i = 0; i < 5; i++)
            (await calls.ReceiveAsync()).Fail(new DeviceLostException("killed by another"));
        var last = await calls.ReceiveAsync();
        Assert.False(last.Document.Alone);
        last.Succeed();
        await innocent.WaitAsync(TestProbe.Patience);
    }

    [Fact]
    public async Task Late_work_is_given_to_another_too_and_the_first_answer_counts()
    {
        var (late, prompt) = (Add("late", 4), Add("prompt", 4));
        var (encodings, unanswered) = await OneIsLateAsync(late, prompt);
        time.Advance(Options.SlowAfter + Options.WatchInterval);
        var second = await prompt.Calls.ReceiveAsync();
        Assert.Same(unanswered.Document, second.Document);
        Assert.True(pool.Status.Single(static s => s.Name == "late").IsAside);
        second.Succeed();
        await Task.WhenAll(encodings).WaitAsync(TestProbe.Patience);
        Assert.True(unanswered.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task Late_work_that_fails_after_all_waits_once()
    {
        var (late, prompt) = (Add("late", 4), Add("prompt", 1));
        var (encodings, unanswered) = await OneIsLateAsync(late, prompt);
        var last = Ingest(5);
        var held = await prompt.Calls.ReceiveAsync();
        time.Advance(Options.SlowAfter + Options.WatchInterval);
        Assert.Equal(1, pool.Waiting);

        unanswered.Fail(new DeviceLostException("gone"));
        using var limit = new CancellationTokenSource(TestProbe.Patience);
        while (pool.Status.Single(static s => s.Name == "late").Moved < 2)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Assert.Equal(1, pool.Waiting);
        held.Succeed();
        (await prompt.Calls.ReceiveAsync()).Succeed();
        await Task.WhenAll([.. encodings, last]).WaitAsync(TestProbe.Patience);
    }

    [Fact]
    public async Task Work_of_a_device_that_is_being_brought_back_goes_to_another()
    {
        var (lost, other) = (new PoolDevice("cuda:0", isRemote: false), new PoolDevice("cuda:1", 0, isRemote: false));
        pool.Add(lost);
        pool.Add(other);
        var encoding = Ingest(1);
        var call = await lost.Calls.ReceiveAsync();
        pool.Remove(other);
        lost.Enter(PooledDeviceState.Returning);
        Assert.False(call.Token.IsCancellationRequested); // There is no other: it waits.
        var spare = Add("spare");
        (await spare.Calls.ReceiveAsync()).Succeed();
        await encoding.WaitAsync(TestProbe.Patience);
        Assert.True(call.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task A_caller_that_leaves_takes_its_document_along()
    {
        var device = Add("a", 1);
        using var cancellation = new CancellationTokenSource();
        var (running, waiting) = (Ingest(1, cancellation.Token), Ingest(2, cancellation.Token));
        var call = await device.Calls.ReceiveAsync();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.True(call.Token.IsCancellationRequested);
        Assert.Equal(0, pool.Waiting);
    }

    [Fact]
    public async Task A_generation_moves_until_its_first_token_and_not_after()
    {
        var (busy, lost, good) = (Add("busy"), Add("lost"), Add("good"));
        busy.OnGenerate = static () => throw new DeviceBusyException("full", TimeSpan.FromSeconds(1));
        lost.OnGenerate = static () => throw new DeviceLostException("gone");
        Assert.Equal(["good", "good"], await GenerateAsync());
        Assert.Equal((true, 1), (pool.Status[1].IsAside, pool.Status[1].Moved));

        good.OnSecondToken = static () => throw new DeviceLostException("gone");
        await Assert.ThrowsAsync<DeviceLostException>(GenerateAsync);
        Assert.All(pool.Status, static device => Assert.Equal(0, device.Generations));
    }

    private TestProbe<PoolCall> AddSeveral(int count)
    {
        var calls = new TestProbe<PoolCall>();
        for (var i = 0; i < count; i++)
            pool.Add(new PoolDevice($"{i}", 1, isRemote: true, calls));
        return calls;
    }

    /// <summary>Both are known to be quick; then one answers, and the other does not.</summary>
    private async Task<(Task[] Encodings, PoolCall Unanswered)> OneIsLateAsync(PoolDevice late, PoolDevice prompt)
    {
        Task[] known = [Ingest(5), Ingest(5)];
        var pair = (await late.Calls.ReceiveAsync(), await prompt.Calls.ReceiveAsync());
        time.Advance(TimeSpan.FromMilliseconds(50));
        pair.Item1.Succeed();
        pair.Item2.Succeed();
        await Task.WhenAll(known).WaitAsync(TestProbe.Patience);

        Task[] encodings = [Ingest(5), Ingest(5)];
        var unanswered = await late.Calls.ReceiveAsync();
        var answered = await prompt.Calls.ReceiveAsync();
        time.Advance(TimeSpan.FromMilliseconds(50));
        answered.Succeed();
        await Task.WhenAny(encodings).WaitAsync(TestProbe.Patience);
        return (encodings, unanswered);
    }

    private PoolDevice Add(string name, int slots = int.MaxValue)
    {
        var device = new PoolDevice(name, slots);
        pool.Add(device);
        return device;
    }

    private Task<SequenceEmbedding> Ingest(int length, CancellationToken token = default) => pool.EncodeAsync(FakeModel.Document(length), EncodePriority.Ingest, token);

    private Task<SequenceEmbedding> Query(int length) => pool.EncodeAsync(FakeModel.Document(length), EncodePriority.Query, CancellationToken.None);

    private async Task<List<string>> GenerateAsync()
    {
        var tokens = new List<string>();
        await foreach (var token in pool.GenerateAsync(FakeModel.Prompt(), new SamplingOptions { MaxTokens = 2 }, CancellationToken.None))
            tokens.Add(token.Text);
        return tokens;
    }
}
