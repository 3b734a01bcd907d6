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
    public async Task A_push_has_the_version_that_the_inbox_keeps_for_it_whichever_group_reads_it()
    {
        var inbox = new ListInbox();
        inbox.Add(1, Records.Document("a"), version: 5);
        inbox.Add(2, Records.Document("b"), version: 9);
        foreach (var group in (string[])["one", "another"])
        {
            await using var harness = PipelineHarness.Start(store: store, sources: [new InboxSource(inbox, group, new MemoryLeases().Taker(), TimeSpan.FromMilliseconds(1))]);
            await Waiting.UntilAsync(() => store.NextOffset(group, "inbox", 0) == 3, "both are stored");
            await harness.StopAsync();
        }

        Assert.Equal([5L, 9L, 5L, 9L], store.Outcomes.OfType<DocumentUpsert>().Select(static u => u.Version.Value));
        Assert.All(store.Outcomes.OfType<DocumentUpsert>(), static u => Assert.Equal(DocumentVersion.LocalRule, u.Version.Rule));
        Assert.Empty(store.Reservations);
    }
}
