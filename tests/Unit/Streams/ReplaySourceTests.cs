using System.Text;
using UnifiedVlm.Storage.DeadLetters;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Streams;

public sealed class ReplaySourceTests
{
    private static readonly LogPartition Kafka = new("g", "cluster/1", "t", 3);

    [Fact]
    public async Task Records_come_with_the_version_and_collection_of_their_own_log()
    {
        var store = await ReplayAsync(
            Original(Kafka, 7, new DocumentVersion(7, "kafka:cluster/1/t"), "a"),
            Original(new LogPartition("local", "local", "file:x", 0), 2, new DocumentVersion(130, "local"), "b") with { Collection = "manual" },
            // Letters of older programs don't say it.
            Original(Kafka, 8, null, "c"),
            Original(new LogPartition("g", "inbox", "inbox", 0), 9, null, "d"));

        Assert.Equal(
            [("a", new DocumentVersion(7, "kafka:cluster/1/t"), "default"), ("b", new(130, "local"), "manual"), ("c", new(8, "kafka:cluster/1/t"), "default"), ("d", new(0, "local"), "default")],
            store.Outcomes.OfType<DocumentUpsert>().Select(static u => (u.Document.Id, u.Version, u.Document.Collection)));
        Assert.Equal([(Kafka, 7L), (new("local", "local", "file:x", 0), 2L)], store.Outcomes.Take(2).Select(static o => (o.Original!.Partition, o.Original.Offset)));
    }

    [Fact]
    public async Task A_tombstone_is_not_an_empty_value()
    {
        var tombstone = Original(Kafka, 7, null, "a") with { Value = default(ReadOnlyMemory<byte>?), Key = "gone"u8.ToArray() };
        var store = await ReplayAsync(tombstone, tombstone with { Value = ReadOnlyMemory<byte>.Empty });

        Assert.Equal("gone", Assert.IsType<DocumentDelete>(store.Outcomes[0]).Id);
        var letter = Assert.IsType<DeadLetter>(store.Outcomes[1]);
        Assert.Equal(("$", false), (letter.Field, letter.IsTombstone));
        Assert.Equal(7, letter.Original!.Offset);
    }

    [Fact]
    public async Task A_letter_with_headers_without_number_is_refused_again_and_keeps_them()
    {
        var store = await ReplayAsync(Original(Kafka, 7, null, "a") with { Headers = Many(1001) }, Original(Kafka, 8, null, "b") with { Headers = Many(1000) });

        var letter = Assert.IsType<DeadLetter>(store.Outcomes[0]);
        Assert.Equal(("headers", 1001, true), (letter.Field, letter.Headers.Count, letter.Original!.IsWhole));
        Assert.Equal("b", Assert.IsType<DocumentUpsert>(store.Outcomes[1]).Document.Id);

        static KeyValuePair<string, byte[]>[] Many(int count) => [.. Enumerable.Range(0, count).Select(static i => KeyValuePair.Create($"h{i}", Array.Empty<byte>()))];
    }

    [Fact]
    public async Task A_letter_of_a_local_line_says_which_collection_it_was_for_and_whether_it_is_whole()
    {
        var text = $$"""{"id":"a","parts":[{"type":"txt","text":"one"}]}{{"\n"}}{"id":"long","parts":[{"type":"text","text":"{{new string('x', 5000)}}"}]}""";
        var store = new RecordingStore();
        var source = new JsonLinesSource("file:x", () => new MemoryStream(Encoding.UTF8.GetBytes(text)), 1000) { Collection = "manual" };
        await using var harness = PipelineHarness.Start(store: store, sources: [source]);
        await harness.Ended.WaitAsync(Waiting.Limit);

        Assert.Equal([("manual", true), ("manual", false)], store.DeadLetters.Select(static l => (l.Original!.Collection, l.Original.IsWhole)));
        Assert.Equal([DocumentVersion.LocalRule, DocumentVersion.LocalRule], store.DeadLetters.Select(static l => l.Original!.Version!.Value.Rule));
    }

    private static OriginalRecord Original(LogPartition partition, long offset, DocumentVersion? version, string id)
        => new(partition, offset, version, default, Encoding.UTF8.GetBytes($$"""{"id":"{{id}}","parts":[{"type":"text","text":"words"}]}"""), []);

    private static async Task<RecordingStore> ReplayAsync(params OriginalRecord[] records)
    {
        var store = new RecordingStore();
        await using var harness = PipelineHarness.Start(store: store, sources: [new ReplaySource(new ListedReplays(records), new MemoryLeases().Taker(), TimeSpan.FromMilliseconds(1))]);
        await Waiting.UntilAsync(() => store.NextOffset("replay", "replay", 0) == records.Length, "all are written");
        return store;
    }

    private sealed class ListedReplays(OriginalRecord[] records) : IReplays
    {
        public async Task<IReadOnlyList<ReplayedRecord>> ReadAsync(long from, int maxCount, CancellationToken cancellationToken)
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
            await timer.WaitForNextTickAsync(cancellationToken);
            return [.. records.Select(static (r, i) => new ReplayedRecord(i, DateTimeOffset.UnixEpoch, r)).Where(r => r.Id >= from).Take(maxCount)];
        }
    }
}
