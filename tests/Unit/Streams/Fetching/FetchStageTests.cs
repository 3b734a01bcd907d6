using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Pipeline;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Tests.Unit.Actors.Support;
using UnifiedVlm.Tests.Unit.Documents;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Streams.Fetching;

/// <summary>Documents whose pictures are elsewhere, on their way through the pipeline.</summary>
public sealed class FetchStageTests
{
    private const int InFlight = 0;
    private const int PixelBytes = 2;
    private const int BlobBytes = 3;
    private const int FetchedBytes = 4;
    private static readonly byte[] Picture = TestPictures.Png(8, 8);

    [Fact]
    public async Task The_same_picture_makes_the_same_document_however_it_came()
    {
        var store = new RecordingStore();
        var pictures = new FakePictures();
        ImageSource[] ways = [new InlineImage(Picture), new BlobImage(pictures.Upload(Picture)), new UrlImage(new Uri("https://cdn.test/a.png"))];
        var offset = 0;
        foreach (var first in ways)
        {
            await using var harness = PipelineHarness.Start(store: store, pictures: pictures.With());
            var partition = await harness.Source.OpenAsync(0);
            var before = harness.Model.Encoded;
            foreach (var way in ways)
            {
                await PostAsync(partition, offset++, "same", way);
                await Waiting.UntilAsync(
                    () => partition.NextOffset == offset && harness.Pipeline.Status().Budgets[InFlight].InUse == 0, "it is stored, and no longer in flight");
            }

            await harness.FinishAsync();
            Assert.Equal(offset == ways.Length ? 1 : 0, harness.Model.Encoded - before);
        }

        Assert.Empty(store.DeadLetters);
        var upsert = store.Documents[("default", "same")];
        Assert.Equal(Picture, Assert.Single(upsert.Images).ToArray());
        Assert.Equal(ContentHash.Compute(Document("same", ways[0]), [Picture]), upsert.ContentHash.ToArray());
    }

    [Fact]
    public async Task An_upload_that_is_not_the_tenants_is_named_in_a_dead_letter()
    {
        var pictures = new FakePictures();
        var theirs = pictures.Upload(Picture, tenant: "other");
        await using var harness = PipelineHarness.Start(pictures: pictures.With());
        var partition = await harness.Source.OpenAsync(0);
        await PostAsync(partition, 0, "a", new BlobImage(theirs));
        await PostAsync(partition, 1, "b", new InlineImage(Picture));
        await harness.FinishAsync();

        var letter = Assert.Single(harness.Store.DeadLetters);
        Assert.Equal(("fetch", "parts[1].blob", "a", "default"), (letter.Stage, letter.Field, letter.DocumentId, letter.Tenant));
        Assert.Contains("POST /v1/blobs", letter.Reason, StringComparison.Ordinal);
        Assert.Contains(theirs, Encoding.UTF8.GetString(letter.Payload.Span), StringComparison.Ordinal);
        Assert.Equal(2, harness.Store.NextOffset("group", "topic", 0));
    }

    [Fact]
    public async Task A_slow_host_holds_up_nobody_else_and_no_decoded_pictures()
    {
        var answer = new TaskCompletionSource<byte[]>();
        var pictures = new FakePictures { OnFetch = (_, _) => answer.Task };
        await using var harness = PipelineHarness.Start(PipelineHarness.Options with { DecodeParallelism = 1, PrepareWorkers = 1 }, pictures: pictures.With());
        var slow = await harness.Source.OpenAsync(0);
        var other = await harness.Source.OpenAsync(1);
        for (var i = 0; i < 8; i++)
            await PostAsync(slow, i, $"slow {i}", new UrlImage(new Uri($"https://cdn.test/{i}")));
        await PostAsync(slow, 8, "behind", new InlineImage(Picture));
        await PostAsync(other, 0, "a", new InlineImage(Picture));
        await PostAsync(other, 1, "b", new BlobImage(pictures.Upload(Picture)));
        await Waiting.UntilAsync(() => other.NextOffset == 2 && harness.Model.Encoded == 3, "the other partition is stored, and what can be is encoded");
        // A document's pixels go back just after its encoding.
        await Waiting.UntilAsync(() => harness.Pipeline.Status().Budgets[PixelBytes].InUse == 0, "no decoded picture is held");

        Assert.Equal(0, slow.NextOffset);
        answer.SetResult(Picture);
        await harness.FinishAsync();
        Assert.Equal(11, harness.Store.Documents.Count);
        Assert.All(harness.Pipeline.Status().Budgets, static b => Assert.Equal(0, b.InUse));
    }

    [Fact]
    public async Task A_later_record_of_a_document_that_waits_for_its_pictures_is_not_taken_for_unchanged()
    {
        var answer = new TaskCompletionSource<byte[]>();
        var pictures = new FakePictures { OnFetch = (_, _) => answer.Task };
        await using var harness = PipelineHarness.Start(pictures: pictures.With());
        var partition = await harness.Source.OpenAsync(0);
        await PostAsync(partition, 0, "a", new InlineImage(TestPictures.Png(9, 9)));
        await Waiting.UntilAsync(() => harness.Store.Documents.Count == 1, "the old content is stored");
        await PostAsync(partition, 1, "a", new UrlImage(new Uri("https://cdn.test/a.png")));
        await PostAsync(partition, 2, "a", new InlineImage(TestPictures.Png(9, 9)));
        await Waiting.UntilAsync(() => harness.Model.Encoded == 2, "the last is encoded although the store still has its very content");
        answer.SetResult(Picture);
        await harness.FinishAsync();
        Assert.All(harness.Store.Outcomes, static o => Assert.NotNull(Assert.IsType<DocumentUpsert>(o).Embedding));
        Assert.Equal(2, harness.Store.Documents.Values.Single().Version.Value);
    }

    [Fact]
    public async Task Memory_for_pictures_is_given_in_the_order_of_the_records_and_held_until_they_are_stored()
    {
        var limits = DocumentLimits.Default with { MaxImageBytes = 10_000 };
        var answer = new TaskCompletionSource<byte[]>();
        var pictures = new FakePictures { OnFetch = (url, _) => url.AbsolutePath == "/0" ? answer.Task : Task.FromResult(Picture) };
        await using var harness = PipelineHarness.Start(PipelineHarness.Options with { MaxFetchedBytes = 20_000 }, pictures: pictures.With(limits));
        var partition = await harness.Source.OpenAsync(0);
        // The later ones have two and may take all the memory there is, so that only one of them is at it at a time.
        for (var i = 0; i < 6; i++)
            await PostAsync(partition, i, $"{i}", [.. (i < 2 ? [""] : (string[])["", "b"]).Select(name => new UrlImage(new Uri($"https://cdn.test/{i}{name}")))]);
        // The second is done but for its place behind the first; the others wait, because the first may still become as large as a picture may be.
        await Waiting.UntilAsync(() => harness.Model.Encoded == 1 && harness.Pipeline.Status().Budgets[FetchedBytes].Waiting == 4, "the second is encoded");
        Assert.Equal(10_000 + Picture.Length, harness.Pipeline.Status().Budgets[FetchedBytes].InUse);

        answer.SetResult(Picture);
        await harness.FinishAsync();
        // There was room for the first two at once.
        Assert.Equal(["/2", "/2b", "/3", "/3b", "/4", "/4b", "/5", "/5b"], pictures.Fetched.Skip(2));
        Assert.Equal(6, harness.Store.Documents.Count);
        Assert.InRange(harness.Pipeline.Status().Budgets[FetchedBytes].Peak, 1, 20_000);
    }

    [Fact]
    public async Task A_document_that_names_too_much_is_refused_before_anything_is_read()
    {
        var pictures = new FakePictures();
        var blob = new BlobImage(pictures.Upload(Picture));
        await using var harness = PipelineHarness.Start(pictures: pictures.With(DocumentLimits.Default with { MaxDocumentBytes = 3 * Picture.Length }));
        var partition = await harness.Source.OpenAsync(0);
        await PostAsync(partition, 0, "a", blob, blob, blob, blob);
        await PostAsync(partition, 1, "b", blob, blob, blob);
        await harness.FinishAsync();
        Assert.Equal("parts[4]", Assert.Single(harness.Store.DeadLetters).Field);
        // Once, however often it occurs.
        Assert.Equal(1, pictures.Reads);
        Assert.Equal(3, harness.Store.Documents.Values.Single().Images.Count);
    }

    [Fact]
    public async Task An_address_that_occurs_twice_is_fetched_once()
    {
        var pictures = new FakePictures();
        await using var harness = PipelineHarness.Start(pictures: pictures.With());
        var partition = await harness.Source.OpenAsync(0);
        var url = new UrlImage(new Uri("https://cdn.test/a.png"));
        await PostAsync(partition, 0, "a", url, new InlineImage(TestPictures.Png(9, 9)), url);
        await harness.FinishAsync();
        Assert.Single(pictures.Fetched);
        Assert.Equal([Picture, TestPictures.Png(9, 9), Picture], harness.Store.Documents.Values.Single().Images.Select(static i => i.ToArray()));
    }

    [Fact]
    public async Task A_store_that_is_away_is_waited_for()
    {
        var tries = 0;
        var pictures = new FakePictures { OnRead = () => ++tries < 3 ? throw new FailurePolicyTests.ServerFault("57P01", transient: true) : Task.CompletedTask };
        await using var harness = PipelineHarness.Start(pictures: pictures.With());
        var partition = await harness.Source.OpenAsync(0);
        await PostAsync(partition, 0, "a", new BlobImage(pictures.Upload(Picture)));
        await harness.FinishAsync();
        Assert.Equal((3, 1), (tries, harness.Store.Documents.Count));
        Assert.Empty(harness.Store.DeadLetters);
    }

    [Fact]
    public async Task A_store_that_fails_for_good_stops_the_node()
    {
        var pictures = new FakePictures { OnRead = static () => throw new FailurePolicyTests.ServerFault("42P01", transient: false) };
        await using var harness = PipelineHarness.Start(pictures: pictures.With());
        var partition = await harness.Source.OpenAsync(0);
        await PostAsync(partition, 0, "a", new BlobImage(pictures.Upload(Picture)));
        await Assert.ThrowsAsync<PipelineStoppedException>(() => harness.Ended.WaitAsync(Waiting.Limit));
    }

    [Fact]
    public async Task Pictures_that_never_come_are_given_up_with_their_document()
    {
        var pictures = new FakePictures { OnFetch = static (url, _) => url.AbsolutePath == "/b" ? new TaskCompletionSource<byte[]>().Task : Task.FromResult(Picture) };
        var (time, patience) = (new ManualTimeProvider(), TimeSpan.FromMilliseconds(200));
        await using var harness = PipelineHarness.Start(PipelineHarness.Options with { RecordTimeout = patience }, pictures: pictures.With(), time: time);
        var partition = await harness.Source.OpenAsync(0);
        await PostAsync(partition, 0, "a", new UrlImage(new Uri("https://cdn.test/a")), new UrlImage(new Uri("https://cdn.test/b")));
        await PostAsync(partition, 1, "b", new UrlImage(new Uri("https://cdn.test/a")));
        await Waiting.UntilAsync(() => pictures.Fetched.Count == 3 && harness.Model.Encoded == 1, "one waits for its second picture, the other is encoded");
        time.Advance(patience);
        await harness.FinishAsync();
        var letter = Assert.Single(harness.Store.DeadLetters);
        Assert.Equal(("fetch", "parts[2].url"), (letter.Stage, letter.Field));
        Assert.Single(harness.Store.Documents);
    }

    [Fact]
    public async Task A_partition_that_is_taken_away_drops_what_it_waits_for()
    {
        var pictures = new FakePictures { OnFetch = static (_, _) => new TaskCompletionSource<byte[]>().Task };
        await using var harness = PipelineHarness.Start(PipelineHarness.Options with { MaxFetchedBytes = 1 }, pictures: pictures.With());
        var partition = await harness.Source.OpenAsync(0);
        await PostAsync(partition, 0, "a", new UrlImage(new Uri("https://cdn.test/a")));
        await PostAsync(partition, 1, "b", new UrlImage(new Uri("https://cdn.test/b")));
        await Waiting.UntilAsync(() => pictures.Fetched.Count == 1 && harness.Pipeline.Status().Budgets[FetchedBytes].Waiting == 1, "one is fetched, one waits");
        partition.Revoke();
        await harness.FinishAsync();
        Assert.Equal(2, harness.Pipeline.Status().Totals.Dropped);
        Assert.Empty(harness.Store.Outcomes);
        Assert.All(harness.Pipeline.Status().Budgets, static b => Assert.Equal(0, b.InUse));
    }

    [Fact]
    public async Task Pictures_of_uploads_are_charged_while_their_documents_are_under_way()
    {
        var release = new TaskCompletionSource();
        var pictures = new FakePictures();
        await using var harness = PipelineHarness.Start(model: new FakeModel { OnEncode = (_, _) => release.Task }, pictures: pictures.With());
        var partition = await harness.Source.OpenAsync(0);
        await PostAsync(partition, 0, "a", new BlobImage(pictures.Upload(Picture)));
        await Waiting.UntilAsync(() => harness.Model.Prepared == 1, "it is at the device");
        Assert.Equal((Picture.Length, 0), (harness.Pipeline.Status().Budgets[BlobBytes].InUse, harness.Pipeline.Status().Budgets[FetchedBytes].InUse));
        release.SetResult();
        await harness.FinishAsync();
        Assert.Equal(0, harness.Pipeline.Status().Budgets[BlobBytes].InUse);
    }

    private static InterleavedDocument Document(string id, params ImageSource[] sources) =>
        new() { Id = id, Parts = [new TextPart("words"), .. sources.Select(static s => new ImagePart(s))] };

    private static async Task PostAsync(IPartitionIntake partition, long offset, string id, params ImageSource[] sources) =>
        await partition.PostAsync(Records.Of(partition, offset, Document(id, sources)), CancellationToken.None);
}
