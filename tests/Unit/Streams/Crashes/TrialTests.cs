using System.Collections.Concurrent;
using UnifiedVlm.Storage.Suspects;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Streams.Crashes;

/// <summary>What the pipeline does with records that were in work when a process died.</summary>
public sealed class TrialTests : IDisposable
{
    private readonly DiaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_suspect_is_tried_with_nothing_else_in_work_and_then_it_is_none()
    {
        var store = new RecordingStore();
        store.Suspects[new WorkIdentity(5, true)] = 2;
        var atWork = 0;
        var besides = new ConcurrentDictionary<string, int>();
        var writtenBefore = -1L;
        var model = new FakeModel();
        model.OnEncode = async (id, _) =>
        {
            Interlocked.Increment(ref atWork);
            await Task.Yield();
            if (id == "0-5")
                writtenBefore = store.Outcomes.Count;
            besides[id] = Volatile.Read(ref atWork);
            Interlocked.Decrement(ref atWork);
        };
        await using var harness = PipelineHarness.Start(store: store, model: model);
        var partitions = new[] { await harness.Source.OpenAsync(0), await harness.Source.OpenAsync(1, startAt: 100) };
        await Task.WhenAll(partitions.Select((partition, p) => Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++)
                await partition.PostAsync(Records.Of(partition, (p * 100) + i, Records.Document($"{p}-{i}")), CancellationToken.None);
        })));
        await harness.FinishAsync();
        Assert.Equal(40, store.Outcomes.Count);
        Assert.Empty(store.DeadLetters);
        Assert.Equal(1, besides["0-5"]);
        // Its own five predecessors at least, and nobody whose write was still to come.
        Assert.InRange(writtenBefore, 5, 39);
        Assert.Contains(store.Ranges, static range => range.Lease.Partition.Partition == 0 && range.Outcomes is [{ Offset: 5 }]);
        Assert.Empty(store.Suspects);
    }

    [Fact]
    public async Task A_record_that_processes_died_of_often_enough_is_a_dead_letter_that_nobody_touches()
    {
        var store = new RecordingStore();
        store.Suspects[new WorkIdentity(1, true)] = 3;
        var model = new FakeModel { OnPrepare = static d => Assert.NotEqual("1", d.Id) };
        await using var harness = PipelineHarness.Start(store: store, model: model);
        var partition = await harness.Source.OpenAsync(0);
        for (var i = 0; i < 3; i++)
            await partition.PostAsync(Records.Of(partition, i, Records.Document($"{i}")), CancellationToken.None);
        await harness.FinishAsync();
        var letter = Assert.Single(store.DeadLetters);
        Assert.Equal((1, "crash", "1", "default"), (letter.Offset, letter.Stage, letter.DocumentId, letter.Tenant));
        Assert.Contains("3 times", letter.Reason, StringComparison.Ordinal);
        Assert.False(letter.Payload.IsEmpty);
        Assert.Equal(2, store.Documents.Count);
    }

    [Fact]
    public async Task A_suspect_whose_partition_is_taken_away_while_it_waits_holds_nobody_up()
    {
        var store = new RecordingStore();
        store.Suspects[new WorkIdentity(0, true)] = 0;
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var model = new FakeModel { OnEncode = (_, _) => go.Task };
        await using var harness = PipelineHarness.Start(store: store, model: model);
        var busy = await harness.Source.OpenAsync(0, startAt: 50);
        await busy.PostAsync(Records.Of(busy, 50, Records.Document("busy")), CancellationToken.None);
        var lost = await harness.Source.OpenAsync(1);
        var waiting = lost.PostAsync(Records.Of(lost, 0, Records.Document("suspect")), CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        lost.Revoke();
        await waiting;
        go.SetResult();
        await busy.PostAsync(Records.Of(busy, 51, Records.Document("next")), CancellationToken.None);
        await harness.FinishAsync();
        Assert.Equal(52, store.NextOffset("group", "topic", 0));
    }

    [Theory]
    [InlineData("decode")]
    [InlineData("prepare")]
    [InlineData("encode")]
    [InlineData("write")]
    public async Task A_death_in_any_stage_leaves_the_record_in_the_diary(string stage)
    {
        var store = new RecordingStore();
        var diary = folder.Create();
        void DieIn(string here)
        {
            if (here == stage)
                diary.Keep();
        }

        store.BeforeWrite = (_, _) =>
        {
            DieIn("write");
            return Task.CompletedTask;
        };
        var model = new FakeModel
        {
            OnPrepare = _ => DieIn("prepare"),
            OnEncode = (_, _) =>
            {
                DieIn("encode");
                return Task.CompletedTask;
            },
        };
        var decoding = new RecordingDecoder(() => DieIn("decode"));
        await using (var harness = PipelineHarness.Start(store: store, model: model, diary: diary, decoder: decoding))
        {
            var partition = await harness.Source.OpenAsync(0, startAt: 7);
            await partition.PostAsync(Records.Of(partition, 7, Records.Document("a")), CancellationToken.None);
            await harness.FinishAsync();
        }

        diary.Dispose();
        var record = Assert.Single(Assert.Single(await folder.ReportAsync()).Records);
        Assert.Equal((new WorkIdentity(7, true), false), (record.Identity, record.WasAlone));
    }

    [Fact]
    public async Task What_is_done_is_in_work_no_more_whatever_its_end()
    {
        var diary = folder.Create();
        var model = new FakeModel { OnPrepare = static d => _ = d.Id == "2" ? throw new InvalidDataException("no") : 0 };
        await using (var harness = PipelineHarness.Start(model: model, diary: diary))
        {
            var partition = await harness.Source.OpenAsync(0);
            for (var i = 0; i < 30; i++)
                await partition.PostAsync(i == 4 ? Records.Raw(partition, i, "{"u8.ToArray()) : Records.Of(partition, i, Records.Document($"{i}")), CancellationToken.None);
            await harness.FinishAsync();
        }

        DiaryFolder.Die(diary);
        Assert.Empty(await folder.ReportAsync());
    }

    [Fact]
    public async Task A_diary_that_can_not_be_written_to_holds_nothing_up()
    {
        using var diary = folder.Create();
        diary.Append = static (_, _) => throw new IOException("No space left on device");
        var store = new RecordingStore();
        await using var harness = PipelineHarness.Start(store: store, diary: diary);
        var partition = await harness.Source.OpenAsync(0);
        for (var i = 0; i < 30; i++)
            await partition.PostAsync(Records.Of(partition, i, Records.Document($"{i}")), CancellationToken.None);
        await harness.FinishAsync();
        Assert.Equal(30, store.Documents.Count);
        Assert.Empty(store.DeadLetters);
    }

    [Fact]
    public async Task Memory_that_does_not_suffice_counts_as_a_death()
    {
        var diary = folder.Create();
        var model = new FakeModel { OnPrepare = static _ => throw new OutOfMemoryException() };
        await using (var harness = PipelineHarness.Start(model: model, diary: diary))
        {
            var partition = await harness.Source.OpenAsync(0);
            await partition.PostAsync(Records.Of(partition, 0, Records.Document("huge")), CancellationToken.None);
            await Assert.ThrowsAnyAsync<Exception>(() => harness.Ended.WaitAsync(Waiting.Limit));
        }

        diary.Dispose();
        Assert.Single(Assert.Single(await folder.ReportAsync()).Records);
    }
}
