using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Tests.Unit.Streams.Crashes;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Streams;

public sealed class SourceTests
{
    [Fact]
    public async Task Lines_become_records_whatever_ends_them_and_a_line_without_end_becomes_a_dead_letter()
    {
        var text = new StringBuilder()
            .Append("{\"id\":\"a\",\"parts\":[{\"type\":\"text\",\"text\":\"one\"}]}\r\n")
            .Append("\n   \n")
            .Append("{\"id\":\"long\",\"parts\":[{\"type\":\"text\",\"text\":\"").Append('x', 300_000).Append("\"}]}\n")
            .Append("not json\n")
            .Append("{\"id\":\"b\",\"version\":5,\"parts\":[{\"type\":\"text\",\"text\":\"two\"}]}");
        var store = await IngestAsync(new RecordingStore(), new JsonLinesSource("file:x", () => Slowly(text.ToString()), 100_000));
        Assert.Equal(["a", "b"], store.Documents.Keys.Select(static k => k.Id).Order());
        Assert.Equal(4, store.NextOffset("local", "file:x", 0));
        Assert.Equal([1, 2], store.DeadLetters.Select(static l => l.Offset));
        Assert.Contains("the limit is 100000", store.DeadLetters[0].Reason, StringComparison.Ordinal);
        Assert.InRange(store.DeadLetters[0].Payload.Length, 1, 100_001);
        Assert.Equal(DocumentVersion.LocalRule, store.Documents[("default", "a")].Version.Rule);
        Assert.Equal(DocumentVersion.Explicit(5), store.Documents[("default", "b")].Version);
    }

    [Fact]
    public async Task A_second_run_appends_to_the_same_log_with_newer_versions()
    {
        var store = new RecordingStore();
        await IngestAsync(store, new DocumentsSource("folder:y", [Records.Document("a"), Records.Document("b", images: 1)]));
        var before = store.Documents[("default", "a")].Version;
        await IngestAsync(store, new DocumentsSource("folder:y", [Records.Document("a", "changed"), Records.Document("b", images: 1)]));
        Assert.Equal(4, store.NextOffset("local", "folder:y", 0));
        Assert.True(store.Documents[("default", "a")].Version.Value > before.Value);
        Assert.Null(Assert.IsType<DocumentUpsert>(store.Outcomes[3]).Embedding);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_record_that_killed_a_run_is_known_again_by_the_next_one(bool asLines)
    {
        IRecordSource Source(params string[] ids) => asLines
            ? new JsonLinesSource("x", () => Slowly(string.Join('\n', ids.Select(static id => Encoding.UTF8.GetString(DocumentJson.Serialize(Records.Document(id)))))), 100_000)
            : new DocumentsSource("x", [.. ids.Select(static id => Records.Document(id))]);
        using var folder = new DiaryFolder();
        var diary = folder.Create();
        var store = new RecordingStore();
        var dying = new FakeModel { OnPrepare = _ => diary.Keep() };
        await using (var first = PipelineHarness.Start(store: store, model: dying, sources: [Source("b")], diary: diary))
            await first.Ended.WaitAsync(Waiting.Limit);
        diary.Dispose();
        store.Suspects[Assert.Single(Assert.Single(await folder.ReportAsync()).Records).Identity] = 3;

        // The same line, at another offset.
        await IngestAsync(store, Source("a", "b"));
        var letter = Assert.Single(store.DeadLetters);
        Assert.Equal(("crash", "b", 2), (letter.Stage, letter.DocumentId, letter.Offset));
    }

    [Fact]
    public async Task A_document_of_an_importer_that_breaks_a_rule_is_a_dead_letter_that_can_be_replayed()
    {
        var bad = new InterleavedDocument { Id = "bad", Parts = [new ImagePart(new UrlImage(new Uri("https://example.org/a.png")))] };
        var store = await IngestAsync(new RecordingStore(), new DocumentsSource("folder:z", [bad, Records.Document("good")]));
        Assert.Equal("good", Assert.Single(store.Documents).Key.Id);
        var letter = Assert.Single(store.DeadLetters);
        Assert.Equal(("bad", "parts[0].url"), (letter.DocumentId, letter.Field));
        Assert.Contains("example.org", Encoding.UTF8.GetString(letter.Payload.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_runs_of_one_name_fence_each_other_and_the_loser_says_so()
    {
        var store = new RecordingStore();
        var reading = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        await using var harness = PipelineHarness.Start(store: store, sources: [new DocumentsSource("folder:x", Documents())]);
        await reading.Task.WaitAsync(Waiting.Limit);
        await store.AcquireAsync(new LogPartition("local", "local", "folder:x", 0), "another run", CancellationToken.None);
        gate.SetResult();
        var failure = await Assert.ThrowsAsync<UnifiedVlm.Streams.Pipeline.PipelineStoppedException>(() => harness.Ended.WaitAsync(Waiting.Limit));
        Assert.IsType<SourceTakenException>(failure.InnerException);
        Assert.Empty(store.Ranges);

        IEnumerable<InterleavedDocument> Documents()
        {
            reading.SetResult();
            gate.Task.Wait(Waiting.Limit);
            yield return Records.Document("a");
        }
    }

    [Fact]
    public async Task The_inbox_goes_on_from_where_the_store_stands()
    {
        var store = new RecordingStore();
        var inbox = new ListInbox();
        var leases = new MemoryLeases().Taker();
        inbox.Add(3, Records.Document("a"));
        inbox.Add(7, Records.Document("b"));
        await using (var harness = PipelineHarness.Start(store: store, sources: [new InboxSource(inbox, "g", leases, TimeSpan.FromMilliseconds(1))]))
        {
            await Waiting.UntilAsync(() => store.NextOffset("g", "inbox", 0) == 8, "both are stored");
            await harness.StopAsync();
        }

        inbox.Add(9, Records.Document("c"));
        await using var second = PipelineHarness.Start(store: store, sources: [new InboxSource(inbox, "g", leases, TimeSpan.FromMilliseconds(1))]);
        await Waiting.UntilAsync(() => store.NextOffset("g", "inbox", 0) == 10, "the third is stored");
        // Another node takes it over and goes: this one is fenced at its next write and takes it back.
        await store.AcquireAsync(new LogPartition("g", "inbox", "inbox", 0), "another node", CancellationToken.None);
        inbox.Add(12, Records.Document("d"));
        await Waiting.UntilAsync(() => store.NextOffset("g", "inbox", 0) == 13, "the fourth is stored");
        Assert.Equal(["a", "b", "c", "d"], store.Outcomes.OfType<DocumentUpsert>().Select(static u => u.Document.Id));
    }

    private static async Task<RecordingStore> IngestAsync(RecordingStore store, IRecordSource source)
    {
        await using var harness = PipelineHarness.Start(store: store, sources: [source]);
        await harness.Ended.WaitAsync(Waiting.Limit);
        return store;
    }

    /// <summary>A stream that gives a few bytes a read.</summary>
    private static Stream Slowly(string text) => new Trickle(Encoding.UTF8.GetBytes(text));

    private sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 1009)], cancellationToken);
    }
}
