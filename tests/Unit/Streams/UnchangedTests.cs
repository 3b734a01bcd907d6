using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Streams;

public sealed class UnchangedTests
{
    [Fact]
    public async Task A_document_that_is_stored_with_the_same_content_is_not_encoded()
    {
        var store = new RecordingStore();
        await using (var first = PipelineHarness.Start(store: store))
        {
            var partition = await first.Source.OpenAsync(0);
            for (var i = 0; i < 10; i++)
                await partition.PostAsync(Records.Of(partition, i, Records.Document($"{i}")), CancellationToken.None);
            await first.FinishAsync();
        }

        await using var second = PipelineHarness.Start(store: store);
        var again = await second.Source.OpenAsync(0);
        for (var i = 10; i < 20; i++)
            await again.PostAsync(Records.Of(again, i, Records.Document($"{i - 10}", i == 13 ? "changed" : null)), CancellationToken.None);
        await second.FinishAsync();
        Assert.Equal(1, second.Model.Encoded);
        Assert.Equal((1, 9), (second.Pipeline.Status().Totals.Upserted, second.Pipeline.Status().Totals.Unchanged));
    }

    [Fact]
    public async Task The_answer_unchanged_counts_for_nothing_while_an_earlier_record_of_the_document_is_in_flight()
    {
        var store = new RecordingStore();
        var release = new TaskCompletionSource();
        var held = false;
        var model = new FakeModel { OnEncode = (_, _) => held ? release.Task : Task.CompletedTask };
        await using var harness = PipelineHarness.Start(store: store, model: model);
        var partition = await harness.Source.OpenAsync(0);
        await partition.PostAsync(Records.Of(partition, 0, Records.Document("a", "old")), CancellationToken.None);
        await Waiting.UntilAsync(() => store.Documents.Count == 1, "the old content is stored");
        held = true;
        // Changed, then changed back: when the last record is compared, the store still has its very content.
        await partition.PostAsync(Records.Of(partition, 1, Records.Document("a", "new")), CancellationToken.None);
        await partition.PostAsync(Records.Of(partition, 2, Records.Document("a", "old")), CancellationToken.None);
        await Waiting.UntilAsync(() => model.Prepared == 3, "both are at the device");
        release.SetResult();
        await harness.FinishAsync();
        Assert.All(store.Outcomes, static o => Assert.NotNull(Assert.IsType<DocumentUpsert>(o).Embedding));
        Assert.Equal(2, store.Documents.Values.Single().Version.Value);
    }

    [Fact]
    public async Task A_document_that_changed_between_comparison_and_write_is_encoded_after_all()
    {
        var store = new RecordingStore();
        var other = new LogPartition("another group", "log", "topic", 0);
        await using var harness = PipelineHarness.Start(store: store);
        var partition = await harness.Source.OpenAsync(0);
        await partition.PostAsync(Records.Of(partition, 0, Records.Document("a", "old")), CancellationToken.None);
        await Waiting.UntilAsync(() => store.Documents.Count == 1, "the old content is stored");
        var theirs = await store.AcquireAsync(other, "another node", CancellationToken.None);
        var interfered = false;
        store.BeforeWrite = async (lease, outcomes) =>
        {
            if (interfered || lease.Partition == other)
                return;
            interfered = true;
            await store.WriteAsync(theirs, 0, 1, [new DocumentDelete(0, "default", "a", DocumentVersion.Explicit(1))], CancellationToken.None);
        };
        await partition.PostAsync(Records.Of(partition, 1, Records.Document("a", "old")), CancellationToken.None);
        await harness.FinishAsync();
        Assert.Equal(2, harness.Model.Encoded);
        Assert.NotNull(store.Documents[("default", "a")].Embedding);
        Assert.Equal(2, store.NextOffset("group", "topic", 0));
    }

    [Fact]
    public async Task Deletes_and_tombstones_are_written_without_the_device()
    {
        await using var harness = PipelineHarness.Start();
        var partition = await harness.Source.OpenAsync(0);
        await partition.PostAsync(Records.Of(partition, 0, Records.Document("a")), CancellationToken.None);
        await partition.PostAsync(Records.Raw(partition, 1, null, "a"), CancellationToken.None);
        await harness.FinishAsync();
        Assert.Equal(1, harness.Model.Encoded);
        var delete = Assert.IsType<DocumentDelete>(harness.Store.Outcomes[1]);
        Assert.Equal(("a", new DocumentVersion(1, "kafka:log/topic")), (delete.Id, delete.Version));
        Assert.Empty(harness.Store.Documents);
    }
}
