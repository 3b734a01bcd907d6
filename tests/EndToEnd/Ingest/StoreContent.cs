using System.Globalization;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Ingest;

/// <summary>Compares what the database holds with the history that was sent.</summary>
internal static class StoreContent
{
    public static async Task AssertIsAsync(DocumentHistory history, Database database, string topic)
    {
        Assert.Equal(history.ExpectedRows, await database.RowsAsync("SELECT id, version, deleted, part_count FROM uvlm.document ORDER BY id"));
        Assert.Equal(0, await database.ScalarAsync<long>("SELECT count(*) FROM uvlm.dead_letter"));
        Assert.Equal(
            Enumerable.Range(0, history.Partitions.Count).Select(p => $"{p}|{history.Partitions[p].Count}"),
            await database.RowsAsync($"SELECT partition, next_offset FROM uvlm.ingest_offset WHERE topic = '{topic}' ORDER BY partition"));

        // The vectors are those of the newest versions and of nothing else.
        var index = await database.ScalarAsync<int>("SELECT id FROM uvlm.index_generation WHERE state = 'live'");
        Assert.Equal(history.Parts, await database.ScalarAsync<long>($"SELECT count(*) FROM uvlm.part_vector_{index}"));
        Assert.Equal(history.Living, await database.ScalarAsync<long>($"SELECT count(*) FROM uvlm.document_vector_{index}"));
        Assert.Equal(0, await database.ScalarAsync<long>($"""
            SELECT count(*) FROM uvlm.document d
            LEFT JOIN (SELECT tenant, id, count(*) AS parts FROM uvlm.part_vector_{index} GROUP BY 1, 2) v USING (tenant, id)
            WHERE coalesce(v.parts, 0) <> d.part_count
            """));
        Assert.Equal(history.Living, await database.ScalarAsync<long>($"SELECT count(*) FROM uvlm.packed_{index} p JOIN uvlm.document d USING (tenant, id, content_hash) WHERE NOT d.deleted"));
        Assert.Equal(history.Living, await database.ScalarAsync<long>($"SELECT count(*) FROM uvlm.packed_{index}"));

        await AssertEventsAsync(history, database);
    }

    /// <summary>
    /// One event a version that was applied, never two. Versions that met in one transaction are one change, so a version may be missing; the newest may not.
    /// </summary>
    private static async Task AssertEventsAsync(DocumentHistory history, Database database)
    {
        Assert.Empty(await database.RowsAsync(
            "SELECT document_id, data ->> 'version', count(*) FROM uvlm.outbox GROUP BY 1, 2 HAVING count(*) > 1"));
        Assert.Empty(await database.RowsAsync("""
            SELECT d.id, d.sequence, count(o.id), max(o.sequence) FROM uvlm.document d LEFT JOIN uvlm.outbox o ON o.tenant = d.tenant AND o.document_id = d.id
            GROUP BY 1, 2 HAVING count(o.id) <> d.sequence OR count(DISTINCT o.sequence) <> d.sequence OR max(o.sequence) <> d.sequence
            """));
        var events = (await database.RowsAsync("SELECT document_id, data ->> 'version', type FROM uvlm.outbox ORDER BY document_id, sequence"))
            .Select(static row => row.Split('|')).GroupBy(static row => row[0], static row => (Version: long.Parse(row[1], CultureInfo.InvariantCulture), Type: row[2]));
        Assert.All(events, document =>
        {
            Assert.All(document, e => Assert.True(history.Has(document.Key, e.Version), $"{document.Key} never had version {e.Version}"));
            Assert.Equal(document.Select(static e => e.Version).Order(), document.Select(static e => e.Version));
            var final = history.Of(document.Key);
            Assert.Equal((final.Version, final.Deleted ? "document.deleted" : "document.indexed"), document.Last());
        });
    }
}
