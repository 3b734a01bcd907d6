using System.Collections.Concurrent;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Streams.Telemetry;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Streams;

public sealed class PipelineTests
{
    [Fact]
    public async Task Whatever_finishes_out_of_order_is_written_in_contiguous_ranges()
    {
        var model = new FakeModel
        {
            // Yields a different number of times for each document, so that they overtake each other.
            OnEncode = static async (id, _) =>
            {
                for (var i = (id.GetHashCode(StringComparison.Ordinal) & 15) + 1; i > 0; i--)
                    await Task.Yield();
            },
        };
        await using var harness = PipelineHarness.Start(model: model);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(async p =>
        {
            var partition = await harness.Source.OpenAsync(p, startAt: 100);
            // Even offsets only: a log with gaps.
            for (var i = 0; i < 300; i++)
                await partition.PostAsync(Records.Of(partition, 100 + (2 * i), Records.Document($"{p}-{i}", images: i % 3)), CancellationToken.None);
        }));
        await harness.FinishAsync();
        foreach (var ranges in harness.Store.Ranges.GroupBy(static r => r.Lease.Partition.Partition))
        {
            var next = 100L;
            foreach (var range in ranges)
            {
                Assert.Equal(next, range.First);
                next = range.Next;
            }

            Assert.Equal(Enumerable.Range(0, 300).Select(static i => 100L + (2 * i)), ranges.SelectMany(static r => r.Outcomes).Select(static o => o.Offset));
        }

        Assert.Equal(900, harness.Store.Documents.Count);
        var status = harness.Pipeline.Status();
        Assert.Equal((900, 900, 0), (status.Totals.Records, status.Totals.Upserted, status.Totals.DeadLettered));
        Assert.All(status.Budgets, static b => Assert.Equal(0, b.InUse));
        Assert.All(status.Stages, static s => Assert.Equal(0, s.Inside));
        Assert.Equal(900, status.Stages.Single(static s => s.Stage == PipelineStage.Encode).Items);
        Assert.Equal(0, harness.Pipeline.Running);
    }

    [Fact]
    public async Task A_range_is_bounded_by_records_and_by_bytes()
    {
        var options = PipelineHarness.Options with { WriteBatchRecords = 5, WriteBatchBytes = 10_000 };
        var held = new TaskCompletionSource();
        var store = new RecordingStore { BeforeWrite = (_, _) => held.Task };
        await using var harness = PipelineHarness.Start(options, store);
        var partition = await harness.Source.OpenAsync(0);
        for (var i = 0; i < 20; i++)
            await partition.PostAsync(Records.Of(partition, i, Records.Document($"{i}")), CancellationToken.None);
        // Three that fit together by count and not by bytes; then one that is larger than a whole batch.
        for (var i = 20; i < 23; i++)
            await partition.PostAsync(Records.Of(partition, i, Records.Document($"{i}", new string('x', 4_000))), CancellationToken.None);
        await partition.PostAsync(Records.Of(partition, 23, Records.Document("23", new string('x', 40_000))), CancellationToken.None);
        await Waiting.UntilAsync(() => harness.Model.Encoded == 24, "all are encoded");
        held.SetResult();
        await harness.FinishAsync();
        Assert.All(harness.Store.Ranges, static r => Assert.InRange(r.Outcomes.Count, 1, 5));
        Assert.Single(harness.Store.Ranges[^1].Outcomes);
        Assert.True(harness.Store.Ranges.Count >= 7, $"{harness.Store.Ranges.Count} ranges");
        Assert.Equal(24, harness.Store.Documents.Count);
    }

    [Fact]
    public async Task A_full_pipeline_holds_back_partitions_one_by_one_and_lets_them_go_on()
    {
        var gates = new ConcurrentDictionary<string, TaskCompletionSource>();
        var model = new FakeModel { OnEncode = (id, token) => Gate(id).Task.WaitAsync(token) };
        var options = PipelineHarness.Options with { MaxRecordsInFlight = 4, ResumeAt = 0.5 };
        await using var harness = PipelineHarness.Start(options, model: model);
        var partitions = new List<IPartitionIntake>();
        for (var p = 0; p < 3; p++)
            partitions.Add(await harness.Source.OpenAsync(p));
        foreach (var (p, offset) in new[] { (0, 0), (0, 1), (1, 0), (2, 0) })
            Assert.True(Post(partitions[p], offset).IsCompletedSuccessfully);
        var waiting = partitions.Select(p => Post(p, 10).AsTask()).ToList();
        Assert.All(waiting, static w => Assert.False(w.IsCompleted));
        var status = harness.Pipeline.Status();
        Assert.Equal(3, status.Partitions.Count(static p => p.Paused));
        Assert.Equal((4, 3), (status.Budgets[0].InUse, status.Budgets[0].Waiting));

        Gate("1-0").SetResult();
        await Waiting.UntilAsync(() => harness.Pipeline.Status().Budgets[0].InUse == 3, "the first is written");
        Assert.All(waiting, static w => Assert.False(w.IsCompleted, "3 of 4 in use, the mark is 2"));
        Gate("2-0").SetResult();
        // Two free credits: for the two that came first; the third goes on waiting.
        await Task.WhenAll(waiting[0], waiting[1]).WaitAsync(Waiting.Limit);
        Assert.False(waiting[2].IsCompleted);
        Assert.Equal([false, false, true], harness.Pipeline.Status().Partitions.Select(static p => p.Paused));
        foreach (var id in new[] { "0-0", "0-1", "0-10", "1-10", "2-10" })
            Gate(id).SetResult();
        await waiting[2].WaitAsync(Waiting.Limit);
        await harness.FinishAsync();
        Assert.Equal(7, harness.Store.Outcomes.Count);
        Assert.Equal(4, harness.Pipeline.Status().Budgets[0].Peak);

        TaskCompletionSource Gate(string id) => gates.GetOrAdd(id, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

        static ValueTask Post(IPartitionIntake partition, long offset) => partition.PostAsync(
            Records.Of(partition, offset, Records.Document($"{partition.Lease.Partition.Partition}-{offset}")), CancellationToken.None);
    }

    [Fact]
    public async Task A_slow_record_holds_back_its_own_partition_only()
    {
        var slow = new TaskCompletionSource();
        var model = new FakeModel { OnEncode = (id, token) => id == "0-0" ? slow.Task.WaitAsync(token) : Task.CompletedTask };
        var options = PipelineHarness.Options with { MaxRecordsInFlight = 100, MaxRecordsInFlightPerPartition = 10, ResumeAt = 1 };
        await using var harness = PipelineHarness.Start(options, model: model);
        var stuck = await harness.Source.OpenAsync(0);
        var other = await harness.Source.OpenAsync(1);
        for (var i = 0; i < 10; i++)
            await stuck.PostAsync(Records.Of(stuck, i, Records.Document($"0-{i}")), CancellationToken.None);
        var held = stuck.PostAsync(Records.Of(stuck, 10, Records.Document("0-10")), CancellationToken.None).AsTask();
        for (var i = 0; i < 200; i++)
            await other.PostAsync(Records.Of(other, i, Records.Document($"1-{i}")), CancellationToken.None).AsTask().WaitAsync(Waiting.Limit);
        await Waiting.UntilAsync(() => harness.Store.NextOffset("group", "topic", 1) == 200, "the other partition is written");
        Assert.False(held.IsCompleted);
        Assert.Null(harness.Store.NextOffset("group", "topic", 0));
        slow.SetResult();
        await held.WaitAsync(Waiting.Limit);
        await harness.FinishAsync();
        Assert.Equal(11, harness.Store.NextOffset("group", "topic", 0));
    }

    [Fact]
    public async Task Vectors_stay_within_their_budget_and_finishing_in_any_order_blocks_nobody()
    {
        // Every tenth is slower than those after it, which wait for it with their vectors.
        var model = new FakeModel { OnEncode = static (id, _) => SlowlyAsync(id[^1] == '0' ? 100 : 0) };
        var options = PipelineHarness.Options with { MaxVectorBytes = 7000, VectorBytesPerPart = 1000, PrepareWorkers = 4 };
        await using var harness = PipelineHarness.Start(options, model: model);
        var partitions = new List<IPartitionIntake>();
        for (var p = 0; p < 3; p++)
            partitions.Add(await harness.Source.OpenAsync(p));
        for (var i = 0; i < 300; i++)
        {
            // One in ten is larger than all of the budget: alone, but it passes.
            var parts = Enumerable.Repeat<DocumentPart>(new TextPart("word"), i % 10 == 9 ? 9 : 1);
            var document = new InterleavedDocument { Id = $"{i}", Parts = [.. parts] };
            await partitions[i % 3].PostAsync(Records.Of(partitions[i % 3], i, document), CancellationToken.None).AsTask().WaitAsync(Waiting.Limit);
        }

        await harness.FinishAsync();
        Assert.Equal(300, harness.Store.Documents.Count);
        var budget = harness.Pipeline.Status().Budgets.Single(static b => b.Name == "vector bytes");
        Assert.InRange(budget.Peak, 2000, 10_000);
        Assert.Equal(0, budget.InUse);

        static async Task SlowlyAsync(int yields)
        {
            for (var i = 0; i < yields; i++)
                await Task.Yield();
        }
    }

    [Fact]
    public async Task Decoded_pictures_stay_within_their_budget()
    {
        var gate = new SemaphoreSlim(0);
        var model = new FakeModel { PixelsPerImage = 1000, OnEncode = (_, token) => gate.WaitAsync(token) };
        var options = PipelineHarness.Options with { MaxPixelBytes = 20_000, InitialPixelBytesPerImage = 4000, PrepareWorkers = 3 };
        await using var harness = PipelineHarness.Start(options, model: model);
        var partition = await harness.Source.OpenAsync(0);
        for (var i = 0; i < 30; i++)
            await partition.PostAsync(Records.Of(partition, i, Records.Document($"{i}", images: 1)), CancellationToken.None);
        // The last of those that have their credit may still be at it.
        await Waiting.UntilAsync(() => harness.Pipeline.Status().Budgets[2].Waiting > 0 && harness.Model.Prepared >= 5, "the budget is full");
        Assert.Equal(5, harness.Model.Prepared);
        gate.Release(30);
        // Larger than the whole budget: alone, but it passes.
        await partition.PostAsync(Records.Of(partition, 30, Records.Document("30", images: 9)), CancellationToken.None);
        gate.Release(1);
        await harness.FinishAsync();
        Assert.Equal(31, harness.Store.Documents.Count);
        Assert.InRange(harness.Pipeline.Status().Budgets[2].Peak, 20_000, 36_000);
        Assert.Equal(0, harness.Pipeline.Status().Budgets[2].InUse);
    }

    [Fact]
    public async Task A_stop_writes_what_is_in_flight_and_leaves_nothing_running()
    {
        var gate = new SemaphoreSlim(0);
        var model = new FakeModel { OnEncode = (_, token) => gate.WaitAsync(token) };
        await using var harness = PipelineHarness.Start(model: model);
        var partition = await harness.Source.OpenAsync(0);
        for (var i = 0; i < 50; i++)
            await partition.PostAsync(Records.Of(partition, i, Records.Document($"{i}")), CancellationToken.None);
        Assert.True(harness.Pipeline.Running > 0);
        var stopping = harness.StopAsync();
        gate.Release(50);
        await stopping;
        Assert.Equal(50, harness.Store.NextOffset("group", "topic", 0));
        Assert.Equal(0, harness.Pipeline.Running);
        Assert.Equal(PartitionEnd.Stopped, await partition.Ended.WaitAsync(Waiting.Limit));
        Assert.True(partition.PostAsync(Records.Of(partition, 50, Records.Document("50")), CancellationToken.None).IsCompletedSuccessfully);
        Assert.Equal(50, harness.Store.Outcomes.Count);
    }

    [Fact]
    public async Task A_stop_has_a_limit_and_gives_up_what_does_not_come_back()
    {
        var model = new FakeModel { OnEncode = static (id, token) => id == "3" ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask };
        await using var harness = PipelineHarness.Start(PipelineHarness.Options with { DrainTimeout = TimeSpan.FromMilliseconds(100) }, model: model);
        var partition = await harness.Source.OpenAsync(0);
        for (var i = 0; i < 6; i++)
            await partition.PostAsync(Records.Of(partition, i, Records.Document($"{i}")), CancellationToken.None);
        await Waiting.UntilAsync(() => partition.NextOffset == 3, "everything before it is written");
        await harness.StopAsync();
        Assert.Equal(3, harness.Store.NextOffset("group", "topic", 0));
        Assert.Equal(0, harness.Pipeline.Running);
    }

    [Fact]
    public async Task Records_that_the_log_dropped_are_one_dead_letter_that_names_them()
    {
        var store = new RecordingStore();
        store.SetPosition(new LogPartition("group", "log", "topic", 0), 10);
        await using var harness = PipelineHarness.Start(store: store);
        var partition = await harness.Source.OpenAsync(0, startAt: null);
        partition.StartAt(25);
        await partition.PostAsync(Records.Of(partition, 25, Records.Document("a")), CancellationToken.None);
        await harness.FinishAsync();
        Assert.Equal(26, store.NextOffset("group", "topic", 0));
        var lost = Assert.Single(store.DeadLetters);
        Assert.Equal((10, "source"), (lost.Offset, lost.Stage));
        Assert.Contains("10 to 24", lost.Reason, StringComparison.Ordinal);
        Assert.Equal((1, 1), (harness.Pipeline.Status().Totals.LostRanges, harness.Pipeline.Status().Totals.Records));
    }

    [Fact]
    public async Task Offsets_without_records_move_the_position_once_all_before_them_is_written()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var model = new FakeModel { OnEncode = (_, token) => gate.Task.WaitAsync(token) };
        await using var harness = PipelineHarness.Start(model: model);
        var partition = await harness.Source.OpenAsync(0);
        await partition.PostAsync(Records.Of(partition, 0, Records.Document("a")), CancellationToken.None);
        await partition.SkipAsync(1, 5, CancellationToken.None);
        partition.ReportEnd(9);
        // The log was cut off.
        partition.ReportEnd(5);
        Assert.Equal(5, Assert.Single(harness.Pipeline.Status().Partitions).Lag);
        gate.SetResult();
        await Waiting.UntilAsync(() => harness.Pipeline.Status().Partitions.Any(static p => p.Lag == 0), "the position is at the end");
        Assert.Equal(5, harness.Store.NextOffset("group", "topic", 0));

        // By itself too, with a gap between it and the next record.
        await partition.SkipAsync(5, 7, CancellationToken.None);
        await partition.PostAsync(Records.Of(partition, 9, Records.Document("b")), CancellationToken.None);
        await harness.FinishAsync();
        Assert.Equal(10, harness.Store.NextOffset("group", "topic", 0));
        Assert.Equal([0L, 9L], harness.Store.Outcomes.Select(static o => o.Offset));
        Assert.Empty(harness.Store.DeadLetters);
        var status = harness.Pipeline.Status();
        Assert.Equal((2, 0, 0), (status.Totals.Records, status.Totals.LostRanges, status.Totals.Dropped));
        Assert.All(status.Budgets, static b => Assert.Equal(0, b.InUse));
        Assert.All(status.Stages, static s => Assert.Equal(0, s.Inside));
    }

    [Fact]
    public async Task Offsets_without_records_wait_for_room_like_a_record_and_are_given_up_with_their_partition()
    {
        var model = new FakeModel { OnEncode = static (_, token) => Task.Delay(Timeout.Infinite, token) };
        await using var harness = PipelineHarness.Start(PipelineHarness.Options with { MaxRecordsInFlight = 2 }, model: model);
        var partition = await harness.Source.OpenAsync(0);
        await partition.PostAsync(Records.Of(partition, 0, Records.Document("a")), CancellationToken.None);
        Assert.True(partition.SkipAsync(1, 3, CancellationToken.None).IsCompletedSuccessfully);
        var waiting = partition.SkipAsync(3, 4, CancellationToken.None).AsTask();
        Assert.False(waiting.IsCompleted);
        partition.Revoke();
        await waiting.WaitAsync(Waiting.Limit);
        await Waiting.UntilAsync(() => harness.Pipeline.Status().Budgets.All(static b => b.InUse == 0), "what it held is given back");
        Assert.Null(harness.Store.NextOffset("group", "topic", 0));
        // The record alone.
        Assert.Equal(1, harness.Pipeline.Status().Totals.Dropped);
    }

    [Fact]
    public async Task Time_is_accounted_to_the_stage_that_spends_it()
    {
        var entered = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        var model = new FakeModel
        {
            OnEncode = async (_, token) =>
            {
                entered.TrySetResult();
                await gate.Task.WaitAsync(token);
            },
        };
        await using var harness = PipelineHarness.Start(model: model);
        var partition = await harness.Source.OpenAsync(0);
        await partition.PostAsync(Records.Of(partition, 0, Records.Document("a")), CancellationToken.None);
        await entered.Task.WaitAsync(Waiting.Limit);
        var encode = Stage(PipelineStage.Encode);
        Assert.Equal((1, 0), (encode.Inside, encode.Items));
        await Waiting.UntilAsync(() => Stage(PipelineStage.Encode).Active > encode.Active, "the clock of a stage that holds something runs");
        gate.SetResult();
        await harness.FinishAsync();
        Assert.Equal((0, 1), (Stage(PipelineStage.Encode).Inside, Stage(PipelineStage.Encode).Items));
        Assert.True(Stage(PipelineStage.Encode).Busy > TimeSpan.Zero);
        Assert.True(harness.Pipeline.Status().Elapsed >= Stage(PipelineStage.Encode).Active);

        StageStatus Stage(PipelineStage stage) => harness.Pipeline.Status().Stages.Single(s => s.Stage == stage);
    }
}
