using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>Whatever the order and however cut into ranges, the newest version of a document is what is left.</summary>
public sealed class HistoryTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private const string State = "SELECT id, version, deleted, encode(content_hash, 'hex') FROM uvlm.document ORDER BY id";

    /// <summary>Two versions, a delete between, an exact repetition; versions are distinct but for the repetition, so any order ends alike.</summary>
    private static RecordOutcome[] History(long offset, string id) =>
    [
        Make.Upsert(offset, id, 1, "one"),
        Make.Upsert(offset + 1, id, 4, "four", parts: 3),
        Make.Delete(offset + 2, id, 3),
        Make.Upsert(offset + 3, id, 4, "four", parts: 3),
    ];

    [Fact]
    public async Task Every_order_and_every_cut_of_a_small_history_ends_in_the_same_state()
    {
        var lease = await Ingest.AcquireAsync(Log, "test", CancellationToken.None);
        var offset = 0L;
        var documents = 0;
        foreach (var order in Permutations([0, 1, 2, 3]))
        {
            // Each bit of the cut ends a range after that record.
            foreach (var cut in (int[])[0b000, 0b010, 0b111])
            {
                var id = $"doc{documents++:D3}";
                var range = new List<RecordOutcome>();
                for (var i = 0; i < 4; i++)
                {
                    range.Add(History(offset, id)[order[i]] with { Offset = offset + range.Count });
                    if (i < 3 && (cut & (1 << i)) == 0)
                        continue;
                    await Ingest.WriteAsync(lease, offset, offset + range.Count, range, CancellationToken.None);
                    offset += range.Count;
                    range.Clear();
                }
            }
        }

        var rows = await RowsAsync(State);
        Assert.Equal(72, rows.Count);
        var hash = Convert.ToHexStringLower(Make.Hash("four"));
        Assert.All(rows, row => Assert.EndsWith($"|4|False|{hash}", row, StringComparison.Ordinal));
        Assert.Equal(72 * 3, await ScalarAsync<long>("SELECT count(*) FROM uvlm.part_vector_1"));
        Assert.Equal(72, await ScalarAsync<long>("SELECT count(*) FROM uvlm.packed_1 p JOIN uvlm.document d USING (tenant, id, content_hash)"));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM uvlm.dead_letter"));
    }

    [Fact]
    public async Task A_random_history_of_many_documents_over_two_partitions_ends_like_the_model()
    {
        var random = new Random(17);
        var model = new Dictionary<string, (long Version, string? Content)>();
        var records = new List<Func<long, RecordOutcome>>();
        for (var version = 1L; version <= 400; version++)
        {
            // A version of its own for every record: the order in which two partitions are written does not matter then.
            var (id, at) = ($"doc{random.Next(25)}", version);
            var content = random.Next(5) == 0 ? null : $"content {random.Next(6)} of {id}";
            model[id] = (version, content);
            records.Add(offset => content is null ? Make.Delete(offset, id, at) : Make.Upsert(offset, id, at, content));
        }
        var shuffled = records.ToArray();
        random.Shuffle(shuffled);

        await Task.WhenAll(WritePartitionAsync(0, shuffled[..200]), WritePartitionAsync(1, shuffled[200..]));

        var expected = model.OrderBy(m => m.Key, StringComparer.Ordinal)
            .Select(m => $"{m.Key}|{m.Value.Version}|{m.Value.Content is null}|{(m.Value.Content is null ? "" : Convert.ToHexStringLower(Make.Hash(m.Value.Content)))}");
        Assert.Equal(expected, await RowsAsync(State));
        Assert.Equal(0, await ScalarAsync<long>("""
            SELECT count(*) FROM uvlm.document d FULL JOIN uvlm.packed_1 p USING (tenant, id)
            WHERE d.deleted <> (p.id IS NULL) OR d.id IS NULL OR p.content_hash <> d.content_hash
            """));
        // Each document's events carry 1, 2, 3, ... without a gap, the last being its own.
        Assert.Equal(0, await ScalarAsync<long>("""
            SELECT count(*) FROM uvlm.document d JOIN (
                SELECT document_id AS id, max(sequence) AS last, count(*) AS events, count(DISTINCT sequence) AS distinct_events FROM uvlm.outbox GROUP BY 1) o USING (id)
            WHERE d.sequence <> o.last OR o.events <> o.last OR o.distinct_events <> o.last
            """));
    }

    private async Task WritePartitionAsync(int partition, Func<long, RecordOutcome>[] records)
    {
        var lease = await Ingest.AcquireAsync(Log with { Partition = partition }, "test", CancellationToken.None);
        for (var offset = 0; offset < records.Length;)
        {
            var count = Math.Min(1 + offset % 13, records.Length - offset);
            var range = records.Skip(offset).Take(count).Select((r, i) => r(offset + i)).ToArray();
            await Ingest.WriteAsync(lease, offset, offset + count, range, CancellationToken.None);
            offset += count;
        }
    }

    private static IEnumerable<int[]> Permutations(int[] items)
    {
        if (items.Length <= 1)
            return [items];
        return items.SelectMany((item, i) => Permutations([.. items[..i], .. items[(i + 1)..]]).Select(rest => (int[])[item, .. rest]));
    }
}
