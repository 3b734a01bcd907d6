using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Device.Pool;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Device.Pool;

/// <summary>One device that two lines of documents share: a node's own, and those that other nodes send it.</summary>
public sealed class SharedDeviceTests : DeviceTestBase
{
    private const int Small = 10;
    private const int Large = 60;

    private static readonly DeviceOptions Shared = Options with { IngestBudgetTokens = 100, MaxBatchTokens = 40 };

    private readonly DevicePool own;
    private readonly DevicePool lent;

    public SharedDeviceTests()
    {
        Model.WorksAhead = false;
        (own, lent) = (NewPool("own"), NewPool("lent"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_large_document_of_one_line_comes_through_a_stream_of_small_ones_of_the_other(bool isLent)
    {
        const int Stream = 100;
        using var turns = new SemaphoreSlim(0);
        Model.OnEncode = _ => Assert.True(turns.Wait(TestProbe.Patience));
        var order = new OrderedDevice.HandOver();
        var device = await StartSharedAsync(local => new OrderedDevice(local, order));
        var (large, small) = isLent ? (lent, own) : (own, lent);
        var ended = new TestProbe<int>();
        var stream = Enumerable.Range(0, Stream).Select(_ => ToldAsync(small)).ToList();
        Assert.Equal(Shared.IngestBudgetTokens, device.Status.Ingest.QueuedTokens);
        var encoding = large.EncodeAsync(FakeModel.Document(Large), EncodePriority.Ingest, CancellationToken.None);

        // Batch by batch, with the lines settled between: every document that is done has made room for others.
        var before = 0;
        for (var batch = await Model.Batches.ReceiveAsync(); !batch.Contains(Large); batch = await Model.Batches.ReceiveAsync())
        {
            turns.Release();
            foreach (var _ in batch)
                await ended.ReceiveAsync();
            before += batch.Length;
            Assert.True(before < Stream, "All others came first.");
        }

        // Those that were there when it came and the one that stood at the device already, and no more.
        Assert.InRange(before, 1, ((int)Shared.IngestBudgetTokens / Small) + 1);
        turns.Release(Stream);
        await Done([encoding, .. stream]);
        Assert.Equal((0, 0), (device.Status.Ingest.QueuedTokens, device.Status.Ingest.ReservedTokens));

        async Task ToldAsync(DevicePool pool)
        {
            await pool.EncodeAsync(FakeModel.Document(Small), EncodePriority.Ingest, CancellationToken.None);
            ended.Tell(Small);
        }
    }

    [Fact]
    public async Task Lines_take_turns_until_the_device_is_full()
    {
        var device = await StartSharedAsync();
        var (gate, held) = await HoldAsync(device);
        var encodings = new List<Task> { held };
        encodings.Add(own.EncodeAsync(FakeModel.Document(99), EncodePriority.Ingest, CancellationToken.None));
        for (var i = 0; i < 10; i++)
        {
            encodings.Add(own.EncodeAsync(FakeModel.Document(Small), EncodePriority.Ingest, CancellationToken.None));
            encodings.Add(lent.EncodeAsync(FakeModel.Document(Small), EncodePriority.Ingest, CancellationToken.None));
        }

        // The end of one document lets in as many of both as it leaves room for.
        var full = new Gate();
        Model.OnEncode = batch =>
        {
            if (batch[0].LongestWindow == Small)
                full.Pass();
        };
        gate.Open();
        await full.Entered;
        await UntilAsync(() => device.Status.Ingest.QueuedTokens == Shared.IngestBudgetTokens);
        Assert.Equal((5, 5), (own.Waiting, lent.Waiting));
        full.Open();
        await Done([.. encodings]);
    }

    [Theory]
    [InlineData("cancelled")]
    [InlineData("elsewhere")]
    [InlineData("removed")]
    [InlineData("disposed")]
    public async Task A_line_whose_first_document_leaves_holds_nothing_up(string how)
    {
        var device = await StartSharedAsync();
        var (gate, held) = await HoldAsync(device);
        var local = new LocalDevice(device);
        using var pool = NewPool("third");
        var other = new PoolDevice("other", 1);
        pool.Add(local);
        pool.Add(other);
        for (var i = 0; i < 2; i++)
            _ = pool.EncodeAsync(FakeModel.Document(50), EncodePriority.Ingest, CancellationToken.None);
        var elsewhere = await other.Calls.ReceiveAsync();

        using var cancellation = new CancellationTokenSource();
        var first = pool.EncodeAsync(FakeModel.Document(Large), EncodePriority.Ingest, cancellation.Token);
        var behind = lent.EncodeAsync(FakeModel.Document(Small), EncodePriority.Ingest, CancellationToken.None);
        Assert.Equal((1, 1, Large + Small), (pool.Waiting, lent.Waiting, device.Status.Ingest.ReservedTokens));

        // The device is held all the while: nothing leaves it.
        switch (how)
        {
            case "cancelled":
                await cancellation.CancelAsync();
                break;
            case "elsewhere":
                elsewhere.Succeed();
                (await other.Calls.ReceiveAsync()).Succeed();
                await first;
                break;
            case "removed":
                pool.Remove(local);
                break;
            default:
                pool.Dispose();
                break;
        }

        await UntilAsync(() => lent.Waiting == 0);
        Assert.Equal(0, device.Status.Ingest.ReservedTokens);
        gate.Open();
        await Done(held, behind);
    }

    [Fact]
    public async Task Under_a_storm_of_both_lines_everything_ends_and_nothing_stays_reserved()
    {
        // The clock stands still, and with it the watch that would look again after a wake-up that got lost.
        var device = await StartSharedAsync();
        var senders = Enumerable.Range(0, 32).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            var pool = seed % 2 == 0 ? own : lent;
            for (var i = 0; i < 50; i++)
            {
                using var cancellation = new CancellationTokenSource();
                var encoding = pool.EncodeAsync(FakeModel.Document(random.Next(8) == 0 ? random.Next(50, 200) : random.Next(1, 20)), EncodePriority.Ingest, cancellation.Token);
                if (random.Next(4) == 0)
                    await cancellation.CancelAsync();
                await ((Task)encoding).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }));
        await Done([.. senders]);
        await UntilAsync(() => device.Status.Ingest is { QueuedTokens: 0, ReservedTokens: 0 });
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TestProbe.Patience);
        while (!condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private DevicePool NewPool(string name) => new(name, new PoolOptions(), Time, NullLogger<DevicePool>.Instance);

    private async Task<DeviceClient> StartSharedAsync(Func<LocalDevice, PooledDevice>? way = null)
    {
        var device = Start(Shared);
        await device.Ready;
        way ??= static local => local;
        own.Add(way(new LocalDevice(device)));
        lent.Add(way(new LocalDevice(device)));
        return device;
    }
}
