using System.Diagnostics;
using UnifiedVlm.Tests.EndToEnd.Ingest;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Crash;

/// <summary>SIGKILL in the middle of ingestion. What counts is what the database holds in the end, read past the program.</summary>
public sealed class KillTests
{
    private const string Topic = "documents";
    private const int Partitions = 4;
    private const string Stored = "SELECT coalesce(sum(next_offset), 0)::bigint FROM uvlm.ingest_offset WHERE topic = 'documents'";

    [Fact]
    public async Task A_node_killed_twice_and_its_database_once_leave_every_document_once_in_its_newest_version()
    {
        var history = new DocumentHistory(documents: 150, Partitions, seed: 7);
        await using var data = new DataFolder();
        await using var broker = await TestBroker.StartAsync($"{Topic}:{Partitions}");
        for (var p = 0; p < Partitions; p++)
            Assert.Equal(history.Partitions[p].Count, (await broker.SendAsync(Topic, p, history.Partitions[p])).Count);

        // The node alone: PostgreSQL goes on without it.
        var (first, server) = await KillAtAsync(data, broker, history, share: 0.1, killServer: false);
        Assert.Equal(server, data.ServerId);

        // The node and PostgreSQL's postmaster: what was not flushed is lost.
        var (second, _) = await KillAtAsync(data, broker, history, share: 0.4, killServer: true);
        Assert.True(second > first, $"nothing was stored between the kills: {first}, {second}");

        await using (var node = await StartAsync(data, broker))
        {
            await using (var database = await data.OpenDatabaseAsync())
                await database.UntilAsync($"SELECT ({Stored}) = {history.Records}", () => $"{history.Records} records are stored:\n{node.Process.Output}");
            await Waiting.UntilAsync(
                async () => (await node.GetJsonAsync("/v1/status"))["ingest"]!["partitions"]!.AsArray().Where(static p => (string?)p!["topic"] == Topic).Select(static p => (long?)p!["lag"]).ToList() is { Count: Partitions } lags && lags.All(static l => l == 0),
                () => $"lag 0:\n{node.Process.Output}");
            await node.Process.TerminateAsync();
            Assert.Equal(0, node.Process.ExitCode);
        }

        Assert.Null(data.ServerId);
        await using var left = await data.OpenDatabaseAsync();
        await AssertIsAsync(history, left);
    }

    private static Task<ServingNode> StartAsync(DataFolder data, TestBroker broker)
        => ServingNode.StartAsync(data, "--kafka", broker.Bootstrap, "--topics", Topic, "--batch-tokens", "64", "--threads", "1");

    /// <summary>Starts a node, kills it when that share of the records is stored.</summary>
    /// <returns>Records stored, and the process id of the server they are stored in.</returns>
    private static async Task<(long Stored, int Server)> KillAtAsync(DataFolder data, TestBroker broker, DocumentHistory history, double share, bool killServer)
    {
        await using var node = await StartAsync(data, broker);
        var server = data.ServerId ?? throw new InvalidOperationException("The node runs without its PostgreSQL.");
        await using (var database = await data.OpenDatabaseAsync())
        {
            database.LeaveRunning = true;
            await database.UntilAsync($"SELECT ({Stored}) >= {(long)(history.Records * share)}", () => $"{share:P0} of the records are stored:\n{node.Process.Output}");
            await node.Process.KillAsync();
            var stored = await database.ScalarAsync<long>(Stored);
            Assert.True(stored < history.Records * 0.9, $"the kill came too late: {stored} of {history.Records} records were stored");
            if (!killServer)
                return (stored, server);
            using (var postmaster = Process.GetProcessById(server))
            {
                postmaster.Kill();
                await postmaster.WaitForExitAsync().WaitAsync(Waiting.Limit);
            }

            Assert.Null(data.ServerId);
            return (stored, server);
        }
    }

    private static async Task AssertIsAsync(DocumentHistory history, Database database)
    {
        Assert.Equal(history.ExpectedRows, await database.RowsAsync("SELECT id, version, deleted, part_count FROM uvlm.document ORDER BY id"));
        Assert.Equal(0, await database.ScalarAsync<long>("SELECT count(*) FROM uvlm.dead_letter"));
        Assert.Equal(
            Enumerable.Range(0, Partitions).Select(p => $"{p}|{history.Partitions[p].Count}"),
            await database.RowsAsync($"SELECT partition, next_offset FROM uvlm.ingest_offset WHERE topic = '{Topic}' ORDER BY partition"));

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
            .Select(static row => row.Split('|')).GroupBy(static row => row[0], static row => (Version: long.Parse(row[1], System.Globalization.CultureInfo.InvariantCulture), Type: row[2]));
        Assert.All(events, document =>
        {
            Assert.All(document, e => Assert.True(history.Has(document.Key, e.Version), $"{document.Key} never had version {e.Version}"));
            Assert.Equal(document.Select(static e => e.Version).Order(), document.Select(static e => e.Version));
            var final = history.Of(document.Key);
            Assert.Equal((final.Version, final.Deleted ? "document.deleted" : "document.indexed"), document.Last());
        });
    }
}
