using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Documents.Importers;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Pipeline;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Streams.Sources.Folders;
using UnifiedVlm.Tests.Unit.Actors.Support;
using UnifiedVlm.Tests.Unit.Documents;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Streams.Folders;

/// <summary>A watched folder through the pipeline.</summary>
public sealed class FolderSourceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private ListedChanges changes = new();
    private readonly RecordingStore store = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_was_there_what_comes_and_what_goes_reaches_the_store_until_told_to_stop()
    {
        Write("a.md", "One.");
        Write("b.jsonl", """{"id":"b","version":7,"parts":[{"type":"text","text":"Two."}]}""");
        var source = Source(new LocalDeletion("default", "went", null));
        await using var harness = PipelineHarness.Start(store: store, sources: [source]);
        await source.CaughtUp.WaitAsync(Waiting.Limit);
        await Waiting.UntilAsync(() => store.Outcomes.Count == 3, "what was there, and a leftover");
        Assert.Equal(["a.md", "b"], store.Documents.Keys.Select(static k => k.Id).Order());
        Assert.Equal(("went", DocumentVersion.LocalRule), Deleted(0));

        Write("c.md", "Three.");
        changes.Tell("c.md");
        await Waiting.UntilAsync(() => store.Documents.ContainsKey(("default", "c.md")), "a new file");
        Write("b.jsonl", "");
        changes.Tell("b.jsonl");
        await Waiting.UntilAsync(() => store.Documents.Count == 2, "a document less");
        Assert.Equal(("b", DocumentVersion.ExplicitRule), Deleted(1));
        Assert.Equal(8, store.Outcomes.OfType<DocumentDelete>().Last().Version.Value);

        await harness.StopAsync();
        Assert.Empty(store.DeadLetters);
    }

    [Fact]
    public async Task What_is_seen_after_waiting_is_newer_than_what_others_stored_meanwhile()
    {
        Write("a.md", "One.");
        var source = Source();
        await using var harness = PipelineHarness.Start(store: store, sources: [source]);
        await Waiting.UntilAsync(() => store.Documents.Count == 1, "what was there");
        var theirs = await store.ReserveLocalVersionsAsync(1, CancellationToken.None);
        Write("b.md", "Two.");
        changes.Tell("b.md");
        await Waiting.UntilAsync(() => store.Documents.Count == 2, "what came");
        Assert.True(store.Documents[("default", "b.md")].Version.Value > theirs);
    }

    [Fact]
    public async Task Taken_over_by_another_program_it_says_so()
    {
        var source = Source();
        await using var harness = PipelineHarness.Start(store: store, sources: [source]);
        await TakeOverAsync(source);
        var failure = await Assert.ThrowsAsync<PipelineStoppedException>(() => harness.Ended.WaitAsync(Waiting.Limit));
        Assert.IsType<SourceTakenException>(failure.InnerException);
    }

    [Fact]
    public async Task Taken_over_inside_a_node_it_begins_anew_and_loses_nothing()
    {
        var time = new ManualTimeProvider();
        var source = Source();
        await using var harness = PipelineHarness.Start(store: store, sources: [new ResumingSource(source, TimeSpan.FromSeconds(30), NullLogger.Instance, time)]);
        await TakeOverAsync(source);
        await time.WhenPendingAsync(1);
        time.Advance(TimeSpan.FromSeconds(30));
        await Waiting.UntilAsync(() => store.Documents.ContainsKey(("default", "late.md")), "what was in flight when it was taken over");
        Assert.False(harness.Ended.IsCompleted);
    }

    private async Task TakeOverAsync(FolderSource source)
    {
        await source.CaughtUp.WaitAsync(Waiting.Limit);
        await store.AcquireAsync(new LogPartition(LocalSource.LocalLog, LocalSource.LocalLog, source.Name, 0), "another program", CancellationToken.None);
        Write("late.md", "Late.");
        changes.Tell("late.md");
    }

    private (string Id, string Rule) Deleted(int index)
    {
        var delete = store.Outcomes.OfType<DocumentDelete>().ElementAt(index);
        return (delete.Id, delete.Version.Rule);
    }

    private FolderSource Source(params LocalDeletion[] stored) => new(
        folder.Path,
        ImportOptions.Default,
        new FolderSourceOptions { SettleInterval = TimeSpan.Zero, DeleteMissing = true },
        _ => changes = new ListedChanges(),
        static failure => throw new InvalidOperationException(failure.ToString()),
        _ => Task.FromResult<IReadOnlyList<LocalDeletion>>(stored),
        NullLogger.Instance);

    private void Write(string name, string text)
    {
        folder.Write(name, text);
        File.SetLastWriteTimeUtc(Path.Combine(folder.Path, name), DateTime.UnixEpoch.AddMilliseconds(Random.Shared.Next()));
    }
}
