using System.IO.Pipelines;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Streams;

/// <summary>Versions by the rule `local`: what came later has a higher one, whoever read it.</summary>
public sealed class LocalVersionTests
{
    private readonly RecordingStore store = new();
    private readonly ListInbox inbox = new();

    [Fact]
    public async Task A_push_is_newer_than_what_a_run_beside_the_inbox_stored_before_it()
    {
        await using var harness = PipelineHarness.Start(store: store, sources: [Inbox()]);
        inbox.Add(1, Records.Document("a"));
        await Waiting.UntilAsync(() => store.NextOffset("g", "inbox", 0) == 2, "the first push is stored");
        await using (var run = PipelineHarness.Start(store: store, sources: [new DocumentsSource("folder:x", [Records.Document("b", "of the folder")])]))
            await run.Ended.WaitAsync(Waiting.Limit);
        var before = store.Documents[("default", "b")].Version.Value;
        inbox.Add(2, Records.Document("b", "pushed"));
        inbox.Add(3, Records.Document("a", "pushed again"));
        await Waiting.UntilAsync(() => store.NextOffset("g", "inbox", 0) == 4, "the others are stored");
        Assert.True(store.Documents[("default", "b")].Version.Value > before);
        Assert.True(store.Documents[("default", "a")].Version.Value > store.Documents[("default", "b")].Version.Value);
    }

    [Fact]
    public async Task Pushes_of_one_document_that_two_nodes_take_in_turns_have_rising_versions()
    {
        await using var one = PipelineHarness.Start(store: store, sources: [Inbox()]);
        await using var other = PipelineHarness.Start(store: store, sources: [Inbox()]);
        var leases = new HashSet<long>();
        var offset = 0;
        // Two leases may be one turn each; with the fifth, both have come back to it.
        while (leases.Count < 5 && offset < 5000)
        {
            offset++;
            inbox.Add(offset, Records.Document("d", $"state {offset}"));
            await Waiting.UntilAsync(() => store.NextOffset("g", "inbox", 0) == offset + 1, "it is stored");
            leases.Add(store.Ranges[^1].Lease.Epoch);
        }

        Assert.Equal(5, leases.Count);
        var versions = store.Outcomes.OfType<DocumentUpsert>().Select(static u => u.Version.Value).ToList();
        Assert.Equal(offset, versions.Count);
        Assert.Equal(versions.Order(), versions);
        Assert.Distinct(versions);
    }

    [Fact]
    public async Task A_line_that_comes_late_is_newer_than_what_others_stored_meanwhile()
    {
        var pipe = new Pipe();
        await using var harness = PipelineHarness.Start(store: store, sources: [new JsonLinesSource("-", () => pipe.Reader.AsStream(), 100_000)]);
        await WriteLineAsync(Records.Document("a"));
        await Waiting.UntilAsync(() => store.Documents.Count == 1, "the first line is stored");
        var theirs = await store.ReserveLocalVersionsAsync(1, CancellationToken.None);
        await WriteLineAsync(Records.Document("b"));
        await pipe.Writer.CompleteAsync();
        await harness.Ended.WaitAsync(Waiting.Limit);
        Assert.True(store.Documents[("default", "b")].Version.Value > theirs);

        async Task WriteLineAsync(InterleavedDocument document) =>
            await pipe.Writer.WriteAsync((byte[])[.. DocumentJson.Serialize(document), (byte)'\n']);
    }

    [Fact]
    public async Task What_is_read_after_a_full_pipeline_is_newer_than_what_others_stored_meanwhile()
    {
        var intake = new HandIntake(store);
        var source = new DocumentsSource("folder:x", [Records.Document("a"), Records.Document("b")]);
        var running = source.RunAsync(intake, CancellationToken.None, CancellationToken.None);
        var first = await intake.TakeAsync();
        var theirs = await store.ReserveLocalVersionsAsync(1, CancellationToken.None);
        first.LetGo();
        var second = await intake.TakeAsync();
        second.LetGo();
        await running.WaitAsync(Waiting.Limit);
        Assert.True(second.Record.ImplicitVersion.Value > theirs);
    }

    [Fact]
    public async Task A_page_of_the_inbox_costs_one_reservation_and_no_version_more_than_it_has_records()
    {
        for (var offset = 0; offset < 200; offset++)
            inbox.Add(offset, Records.Document($"{offset}"));
        await using var harness = PipelineHarness.Start(store: store, sources: [Inbox()]);
        await Waiting.UntilAsync(() => store.NextOffset("g", "inbox", 0) == 200, "all are stored");
        Assert.Equal([200], store.Reservations);
    }

    private InboxSource Inbox() => new(inbox, "g", new MemoryLeases().Taker(), TimeSpan.FromMilliseconds(1));
}
