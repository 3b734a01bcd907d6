using System.Text;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Pipeline;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Streams.Telemetry;
using UnifiedVlm.Tests.Unit.Actors.Support;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Streams;

public sealed class PipelineFaultTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);
    private readonly ManualTimeProvider time = new();

    [Fact]
    public async Task A_record_that_fails_alone_fails_alone_with_all_that_explains_it()
    {
        var model = new FakeModel
        {
            OnPrepare = static d =>
            {
                if (d.Id == "3")
                    throw new DocumentRejectedException("parts[1].data", "is cut short", "Send it whole", new EndOfStreamException("at byte 7"));
            },
            OnEncode = static (id, _) => id == "5" ? throw new DeviceFailedException("no such luck", new InvalidOperationException("inner")) : Task.CompletedTask,
        };
        await using var harness = PipelineHarness.Start(model: model);
        var partition = await harness.Source.OpenAsync(0);
        for (var i = 0; i < 10; i++)
        {
            var record = i == 7
                ? Records.Raw(partition, i, "{\"id\": 7}"u8.ToArray(), "seven") with { Headers = [KeyValuePair.Create("trace", "abc"u8.ToArray())] }
                : Records.Of(partition, i, Records.Document($"{i}"));
            await partition.PostAsync(record, CancellationToken.None);
        }

        await harness.FinishAsync();
        Assert.Equal(10, harness.Store.NextOffset("group", "topic", 0));
        Assert.Equal(7, harness.Store.Documents.Count);
        var letters = harness.Store.DeadLetters.ToDictionary(static l => l.Offset);
        Assert.Equal([3, 5, 7], letters.Keys.Order());
        Assert.Equal(("prepare", "parts[1].data", "3", "default"), (letters[3].Stage, letters[3].Field, letters[3].DocumentId, letters[3].Tenant));
        Assert.Contains("EndOfStreamException: at byte 7", letters[3].ErrorChain, StringComparison.Ordinal);
        Assert.Equal("encode", letters[5].Stage);
        Assert.Contains("InvalidOperationException: inner", letters[5].ErrorChain, StringComparison.Ordinal);
        Assert.Equal(("decode", "id", "seven"), (letters[7].Stage, letters[7].Field, letters[7].DocumentId));
        Assert.Equal("{\"id\": 7}", Encoding.UTF8.GetString(letters[7].Payload.Span));
        Assert.Equal("seven", Encoding.UTF8.GetString(letters[7].Key.Span));
        Assert.Equal("abc", Encoding.UTF8.GetString(letters[7].Headers.Single(static h => h.Key == "trace").Value));
    }

    [Fact]
    public async Task A_record_that_the_device_does_not_come_back_with_is_dead_lettered()
    {
        var model = new FakeModel { OnEncode = static (id, _) => id == "4" ? new TaskCompletionSource().Task : Task.CompletedTask };
        await using var harness = PipelineHarness.Start(PipelineHarness.Options with { RecordTimeout = Patience }, model: model, time: time);
        var partition = await harness.Source.OpenAsync(0);
        for (var i = 0; i < 10; i++)
            await partition.PostAsync(Records.Of(partition, i, Records.Document($"{i}")), CancellationToken.None);
        await Waiting.UntilAsync(() => AtDevice(harness) is { Inside: 1, Items: 9 }, "the others are encoded");
        time.Advance(Patience);
        await harness.FinishAsync();
        var letter = Assert.Single(harness.Store.DeadLetters);
        Assert.Equal((4, "encode", "4"), (letter.Offset, letter.Stage, letter.DocumentId));
        Assert.Equal(10, harness.Store.NextOffset("group", "topic", 0));
    }

    [Fact]
    public async Task A_record_that_preparation_does_not_come_back_with_is_dead_lettered()
    {
        using var never = new ManualResetEventSlim();
        var model = new FakeModel
        {
            OnPrepare = d =>
            {
                if (d.Id == "0")
                    never.Wait(Waiting.Limit);
            },
        };
        await using var harness = PipelineHarness.Start(PipelineHarness.Options with { RecordTimeout = Patience, PrepareWorkers = 1 }, model: model, time: time);
        var partition = await harness.Source.OpenAsync(0);
        for (var i = 0; i < 5; i++)
            await partition.PostAsync(Records.Of(partition, i, Records.Document($"{i}", images: 1)), CancellationToken.None);
        // The other timer is that of the watch over the device.
        await time.WhenPendingAsync(2);
        time.Advance(Patience);
        await harness.FinishAsync();
        Assert.Equal((0, "prepare"), (Assert.Single(harness.Store.DeadLetters).Offset, harness.Store.DeadLetters[0].Stage));
        Assert.True(harness.Pipeline.Status().Budgets[2].InUse > 0, "its memory is taken for as long as it runs");
        never.Set();
        await Waiting.UntilAsync(() => harness.Pipeline.Status().Budgets[2].InUse == 0, "its credit comes back with its memory");
    }

    [Fact]
    public async Task A_record_in_preparation_while_the_process_stood_still_is_not_blamed()
    {
        using var still = new ManualResetEventSlim();
        var model = new FakeModel { OnPrepare = _ => still.Wait(Waiting.Limit) };
        await using var harness = PipelineHarness.Start(PipelineHarness.Options with { RecordTimeout = Patience, PrepareWorkers = 1 }, model: model, time: time);
        var partition = await harness.Source.OpenAsync(0);
        await partition.PostAsync(Records.Of(partition, 0, Records.Document("0", images: 1)), CancellationToken.None);
        await time.WhenPendingAsync(2);
        time.Jump(100 * Patience);
        await time.WhenPendingAsync(2);
        still.Set();
        await harness.FinishAsync();
        Assert.Empty(harness.Store.DeadLetters);
        Assert.Single(harness.Store.Documents);
    }

    [Fact]
    public async Task A_device_that_stands_still_stops_the_node_before_it_empties_the_stream_into_the_dead_letters()
    {
        var model = new FakeModel { OnEncode = static (_, token) => Task.Delay(Timeout.Infinite, token) };
        var options = PipelineHarness.Options with { RecordTimeout = Patience, StuckRecordsBeforeStop = 2 };
        await using var harness = PipelineHarness.Start(options, model: model, time: time);
        var partition = await harness.Source.OpenAsync(0);
        for (var i = 0; i < 20; i++)
            await partition.PostAsync(Records.Of(partition, i, Records.Document($"{i}")), CancellationToken.None);
        await Waiting.UntilAsync(() => AtDevice(harness).Inside == 20, "all are at the device");
        time.Advance(Patience);
        await Waiting.UntilAsync(() => AtDevice(harness).Inside == 19, "the first is given up");
        time.Advance(Patience);
        await Assert.ThrowsAsync<PipelineStoppedException>(() => harness.Ended.WaitAsync(Waiting.Limit));
        Assert.InRange(harness.Store.DeadLetters.Count, 0, 2);
        Assert.Equal(0, harness.Pipeline.Running);
    }

    [Fact]
    public async Task Faults_of_the_store_that_pass_lose_and_double_nothing()
    {
        var random = new Random(7);
        var faults = 0;
        var store = new RecordingStore
        {
            BeforeWrite = (_, _) => Fault(),
            BeforeCompare = _ => Fault(),
            BeforeAcquire = _ => Fault(),
        };
        await using var harness = PipelineHarness.Start(PipelineHarness.Options with { WriteBatchRecords = 10 }, store);
        for (var p = 0; p < 2; p++)
        {
            var partition = await harness.Source.OpenAsync(p);
            for (var i = 0; i < 300; i++)
                await partition.PostAsync(Records.Of(partition, i, Records.Document($"{p}-{i}")), CancellationToken.None);
        }

        await harness.FinishAsync();
        Assert.True(faults > 10, $"{faults} faults");
        Assert.True(harness.Pipeline.Status().WriteRetries > 0);
        Assert.Equal(600, store.Outcomes.Count);
        Assert.Equal(600, store.Documents.Count);

        Task Fault()
        {
            lock (random)
            {
                if (random.Next(2) == 0)
                    return Task.CompletedTask;
                faults++;
                return Task.FromException(new TimeoutException("the server is gone for a moment"));
            }
        }
    }

    [Fact]
    public async Task A_commit_that_was_not_heard_of_fences_the_partition_and_its_next_lease_goes_on_behind_it()
    {
        RecordingStore store = null!;
        var lied = false;
        store = new RecordingStore();
        store.BeforeWrite = async (lease, outcomes) =>
        {
            if (lied)
                return;
            lied = true;
            // Commits, and the answer is lost on the way.
            await store.WriteAsync(lease, outcomes[0].Offset, outcomes[^1].Offset + 1, outcomes, CancellationToken.None);
            throw new TimeoutException("connection lost");
        };
        await using var harness = PipelineHarness.Start(store: store);
        var first = await harness.Source.OpenAsync(0);
        for (var i = 0; i < 5; i++)
            await first.PostAsync(Records.Of(first, i, Records.Document($"{i}")), CancellationToken.None);
        Assert.Equal(PartitionEnd.Fenced, await first.Ended.WaitAsync(Waiting.Limit));
        var second = await harness.Source.OpenAsync(0);
        for (var i = second.Lease.NextOffset!.Value; i < 8; i++)
            await second.PostAsync(Records.Of(second, i, Records.Document($"{i}")), CancellationToken.None);
        await harness.FinishAsync();
        Assert.Equal(Enumerable.Range(0, 8).Select(static i => (long)i), store.Outcomes.Select(static o => o.Offset));
    }

    [Fact]
    public async Task A_fenced_partition_is_dropped_and_the_others_go_on()
    {
        var gate = new SemaphoreSlim(0);
        var model = new FakeModel { OnEncode = (id, token) => id.StartsWith('0') ? gate.WaitAsync(token) : Task.CompletedTask };
        await using var harness = PipelineHarness.Start(model: model);
        var taken = await harness.Source.OpenAsync(0);
        var kept = await harness.Source.OpenAsync(1);
        for (var i = 0; i < 20; i++)
            await taken.PostAsync(Records.Of(taken, i, Records.Document($"0-{i}")), CancellationToken.None);
        await harness.Store.AcquireAsync(taken.Lease.Partition, "another node", CancellationToken.None);
        gate.Release(20);
        Assert.Equal(PartitionEnd.Fenced, await taken.Ended.WaitAsync(Waiting.Limit));
        for (var i = 0; i < 20; i++)
            await kept.PostAsync(Records.Of(kept, i, Records.Document($"1-{i}")), CancellationToken.None);
        await harness.FinishAsync();
        Assert.All(harness.Store.Ranges, static r => Assert.Equal(1, r.Lease.Partition.Partition));
        Assert.Equal(20, harness.Store.Outcomes.Count);
        Assert.Equal(20, harness.Pipeline.Status().Totals.Dropped);
        Assert.All(harness.Pipeline.Status().Budgets, static b => Assert.Equal(0, b.InUse));
    }

    [Fact]
    public async Task Results_that_come_after_a_revocation_are_dropped_and_their_credits_return()
    {
        var gate = new TaskCompletionSource();
        // This device does not look at its token: results come late, not never.
        var model = new FakeModel { OnEncode = (_, _) => gate.Task };
        await using var harness = PipelineHarness.Start(model: model);
        var partition = await harness.Source.OpenAsync(0);
        for (var i = 0; i < 20; i++)
            await partition.PostAsync(Records.Of(partition, i, Records.Document($"{i}", images: 1)), CancellationToken.None);
        await Waiting.UntilAsync(() => harness.Model.Prepared == 20, "all are at the device");
        partition.Revoke();
        Assert.Equal(PartitionEnd.Revoked, await partition.Ended.WaitAsync(Waiting.Limit));
        gate.SetResult();
        await harness.FinishAsync();
        Assert.Empty(harness.Store.Ranges);
        Assert.Equal(20, harness.Pipeline.Status().Totals.Dropped);
        // The device's own work may end later than the pipeline, and with it the memory of its pictures.
        await Waiting.UntilAsync(() => harness.Pipeline.Status().Budgets.All(static b => b.InUse == 0), "their credits return");
    }

    [Fact]
    public async Task A_write_that_has_begun_when_the_partition_is_revoked_comes_to_its_end()
    {
        var writing = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        var store = new RecordingStore
        {
            BeforeWrite = async (_, _) =>
            {
                writing.TrySetResult();
                await gate.Task;
            },
        };
        await using var harness = PipelineHarness.Start(store: store);
        var partition = await harness.Source.OpenAsync(0);
        await partition.PostAsync(Records.Of(partition, 0, Records.Document("0")), CancellationToken.None);
        await writing.Task.WaitAsync(Waiting.Limit);
        partition.Revoke();
        gate.SetResult();
        await harness.FinishAsync();
        Assert.Equal(1, store.NextOffset("group", "topic", 0));
        Assert.Equal(0, harness.Pipeline.Status().Totals.Dropped);
    }

    [Fact]
    public async Task A_write_that_has_not_begun_when_the_partition_is_revoked_never_begins()
    {
        var gate = new TaskCompletionSource();
        var blocked = new TaskCompletionSource();
        var store = new RecordingStore
        {
            BeforeWrite = async (lease, _) =>
            {
                if (lease.Partition.Partition == 0)
                {
                    blocked.TrySetResult();
                    await gate.Task;
                }
            },
        };
        await using var harness = PipelineHarness.Start(PipelineHarness.Options with { ParallelWrites = 1 }, store);
        var first = await harness.Source.OpenAsync(0);
        await first.PostAsync(Records.Of(first, 0, Records.Document("0-0")), CancellationToken.None);
        await blocked.Task.WaitAsync(Waiting.Limit);
        var revoked = await harness.Source.OpenAsync(1);
        await revoked.PostAsync(Records.Of(revoked, 0, Records.Document("1-0")), CancellationToken.None);
        await Waiting.UntilAsync(() => harness.Pipeline.Status().Stages.Single(static s => s.Stage == PipelineStage.Reorder).Items == 2, "it waits for the one writer");
        revoked.Revoke();
        gate.SetResult();
        await harness.FinishAsync();
        Assert.Equal(0, Assert.Single(store.Ranges).Lease.Partition.Partition);
        Assert.Equal(1, harness.Pipeline.Status().Totals.Dropped);
    }

    [Fact]
    public async Task A_record_that_the_store_refuses_is_found_by_halving()
    {
        var store = new RecordingStore
        {
            BeforeWrite = static (_, outcomes) => outcomes.Any(static o => o is DocumentUpsert { Document.Id: "13" })
                ? Task.FromException(new FailurePolicyTests.ServerFault("22021", transient: false))
                : Task.CompletedTask,
        };
        var gate = new TaskCompletionSource();
        await using var harness = PipelineHarness.Start(store: store, model: new FakeModel { OnEncode = (id, _) => id == "0" ? gate.Task : Task.CompletedTask });
        var partition = await harness.Source.OpenAsync(0);
        for (var i = 0; i < 40; i++)
            await partition.PostAsync(Records.Of(partition, i, Records.Document($"{i}")), CancellationToken.None);
        await Waiting.UntilAsync(() => harness.Model.Encoded == 39, "one batch of all is ready");
        gate.SetResult();
        await harness.FinishAsync();
        var letter = Assert.Single(store.DeadLetters);
        Assert.Equal((13, "write"), (letter.Offset, letter.Stage));
        Assert.Contains("22021", letter.ErrorChain, StringComparison.Ordinal);
        Assert.Equal(39, store.Documents.Count);
        Assert.Equal(Enumerable.Range(0, 40).Select(static i => (long)i), store.Outcomes.Select(static o => o.Offset));
    }

    [Fact]
    public async Task A_fault_of_the_store_that_will_not_pass_stops_the_node_loudly()
    {
        var store = new RecordingStore { BeforeWrite = static (_, _) => Task.FromException(new FailurePolicyTests.ServerFault("42P01", transient: false)) };
        await using var harness = PipelineHarness.Start(store: store);
        var partition = await harness.Source.OpenAsync(0);
        await partition.PostAsync(Records.Of(partition, 0, Records.Document("0")), CancellationToken.None);
        var failure = await Assert.ThrowsAsync<PipelineStoppedException>(() => harness.Ended.WaitAsync(Waiting.Limit));
        Assert.Contains("42P01", failure.Message, StringComparison.Ordinal);
        Assert.Equal(PartitionEnd.Stopped, await partition.Ended.WaitAsync(Waiting.Limit));
        Assert.Equal(0, harness.Pipeline.Running);
    }

    [Fact]
    public async Task A_device_that_fails_in_passing_is_asked_again_and_one_that_does_not_recover_stops_the_node()
    {
        var failures = 2;
        var model = new FakeModel { OnEncode = (_, _) => Interlocked.Decrement(ref failures) >= 0 ? throw new InvalidOperationException("restarting") : Task.CompletedTask };
        await using (var harness = PipelineHarness.Start(model: model))
        {
            var partition = await harness.Source.OpenAsync(0);
            await partition.PostAsync(Records.Of(partition, 0, Records.Document("0")), CancellationToken.None);
            await harness.FinishAsync();
            Assert.Single(harness.Store.Documents);
            Assert.Empty(harness.Store.DeadLetters);
        }

        await using var hopeless = PipelineHarness.Start(model: new FakeModel { OnEncode = static (_, _) => throw new InvalidOperationException("gone") });
        var other = await hopeless.Source.OpenAsync(0);
        await other.PostAsync(Records.Of(other, 0, Records.Document("0")), CancellationToken.None);
        await Assert.ThrowsAsync<PipelineStoppedException>(() => hopeless.Ended.WaitAsync(Waiting.Limit));
        Assert.Empty(hopeless.Store.Ranges);
    }

    [Fact]
    public async Task A_source_that_fails_stops_the_node_loudly()
    {
        await using var harness = PipelineHarness.Start(sources: [new BrokenSource()]);
        var failure = await Assert.ThrowsAsync<PipelineStoppedException>(() => harness.Ended.WaitAsync(Waiting.Limit));
        Assert.Contains("broken source", failure.Message, StringComparison.Ordinal);
    }

    private static StageStatus AtDevice(PipelineHarness harness) => harness.Pipeline.Status().Stages.Single(static s => s.Stage == PipelineStage.Encode);

    private sealed class BrokenSource : IRecordSource
    {
        public string Name => "broken source";

        public Task RunAsync(IRecordIntake intake, CancellationToken stopReading, CancellationToken leave) =>
            Task.FromException(new InvalidOperationException("no such thing"));
    }
}
