using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Pipeline;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Streams.Telemetry;
using UnifiedVlm.Tests.Unit.Documents;
using UnifiedVlm.Tests.Unit.Streams.Fakes;
using UnifiedVlm.Tests.Unit.Streams.Fetching;

namespace UnifiedVlm.Tests.Unit.Streams;

/// <summary>The budget for vectors where records do not pass the stages in the order in which they came.</summary>
public sealed class VectorCreditTests
{
    // A text takes two parts' worth, one with a picture three at first.
    private static readonly IngestPipelineOptions Small = PipelineHarness.Options with { MaxVectorBytes = 7000, VectorBytesPerPart = 1000, PrepareWorkers = 2 };

    private readonly RecordingStore store = new();
    private readonly FakePictures pictures = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_record_that_waits_for_its_picture_is_not_locked_out_by_those_behind_it(bool byUrl)
    {
        var gate = new TaskCompletionSource();
        pictures.OnFetch = async (_, _) =>
        {
            await gate.Task;
            return TestPictures.Png(8, 8);
        };
        pictures.OnRead = () => gate.Task;
        await using var harness = PipelineHarness.Start(Small, store, pictures: pictures.With());
        var partition = await harness.Source.OpenAsync(0);
        await partition.PostAsync(Records.Of(partition, 0, byUrl ? WithUrl("0") : WithUpload("0")), CancellationToken.None);
        for (var i = 1; i <= 20; i++)
            await partition.PostAsync(Records.Of(partition, i, Records.Document($"{i}")), CancellationToken.None);
        await Waiting.UntilAsync(() => Vectors(harness).Waiting > 0, "those behind it have used the budget up");
        gate.SetResult();
        await harness.FinishAsync();
        Assert.Equal(21, store.Documents.Count);
        Assert.Equal((7000, 0), (Vectors(harness).Peak, Vectors(harness).InUse));
    }

    [Fact]
    public async Task A_record_that_is_encoded_after_all_is_not_locked_out_by_those_behind_it()
    {
        var other = new LogPartition("another group", "log", "topic", 0);
        await using var harness = PipelineHarness.Start(Small, store);
        var partition = await harness.Source.OpenAsync(0);
        await partition.PostAsync(Records.Of(partition, 0, Records.Document("a")), CancellationToken.None);
        await Waiting.UntilAsync(() => store.Documents.Count == 1 && harness.Pipeline.Status().Budgets[0].InUse == 0, "it is stored, and no longer in flight");
        var theirs = await store.AcquireAsync(other, "another node", CancellationToken.None);
        var interfered = false;
        store.BeforeWrite = async (lease, _) =>
        {
            if (interfered || lease.Partition == other)
                return;
            interfered = true;
            await Waiting.UntilAsync(() => Vectors(harness).Waiting > 0, "those behind it have used the budget up");
            await store.WriteAsync(theirs, 0, 1, [new DocumentDelete(0, "default", "a", DocumentVersion.Explicit(1))], CancellationToken.None);
        };
        for (var i = 1; i <= 21; i++)
            await partition.PostAsync(Records.Of(partition, i, Records.Document(i == 1 ? "a" : $"{i}")), CancellationToken.None);
        await harness.FinishAsync();
        Assert.Equal(21, store.Documents.Count);
        Assert.NotNull(store.Documents[("default", "a")].Embedding);
        Assert.Equal(0, Vectors(harness).InUse);
    }

    [Fact]
    public async Task Documents_of_all_kinds_in_any_order_stay_within_the_budget_and_block_nobody()
    {
        var limits = DocumentLimits.Default with { MaxImageBytes = 1000, MaxDocumentBytes = 2000 };
        var model = new FakeModel { OnEncode = static (id, _) => YieldAsync(id[^1] == '0' ? 50 : 0) };
        pictures.OnFetch = static async (url, _) =>
        {
            await YieldAsync(url.AbsolutePath[^1] * 7 % 100);
            return TestPictures.Png(8, 8);
        };
        await using var harness = PipelineHarness.Start(
            Small with { MaxFetchedBytes = 3000, MaxBlobBytes = 2000, CompareBatch = 7 }, store, model, pictures: pictures.With(limits));
        var partitions = new List<IPartitionIntake>();
        for (var p = 0; p < 3; p++)
            partitions.Add(await harness.Source.OpenAsync(p));
        for (var i = 0; i < 400; i++)
        {
            // A hundred documents four times each, so that some are found unchanged when their pictures are there, and some are not asked about.
            var id = $"{i % 3}-{i / 3 % 33}";
            var document = (i / 3 % 33 % 4) switch
            {
                0 => WithUrl(id),
                1 => WithUpload(id),
                _ => Records.Document(id),
            };
            await partitions[i % 3].PostAsync(Records.Of(partitions[i % 3], i, document), CancellationToken.None).AsTask().WaitAsync(Waiting.Limit);
        }

        await harness.FinishAsync();
        Assert.Empty(store.DeadLetters);
        Assert.Equal((99, 400), (store.Documents.Count, store.Outcomes.Count));
        Assert.InRange(Vectors(harness).Peak, 3000, 7000);
        Assert.All(harness.Pipeline.Status().Budgets, static b => Assert.Equal(0, b.InUse));

        static async Task YieldAsync(int times)
        {
            for (var i = 0; i < times; i++)
                await Task.Yield();
        }
    }

    private static BudgetStatus Vectors(PipelineHarness harness) => harness.Pipeline.Status().Budgets.Single(static b => b.Name == "vector bytes");

    private static InterleavedDocument WithUrl(string id) => With(id, new UrlImage(new Uri($"https://cdn.test/{id}")));

    private InterleavedDocument WithUpload(string id) => With(id, new BlobImage(pictures.Upload(TestPictures.Png(8, 8))));

    private static InterleavedDocument With(string id, ImageSource source) => new() { Id = id, Parts = [new TextPart("word"), new ImagePart(source)] };
}
