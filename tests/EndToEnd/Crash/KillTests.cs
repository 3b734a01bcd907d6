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

        // At no kill all of it has been sent: a node that is quicker than this test still leaves something to its successor.
        await SendAsync(broker, history, from: 0, to: 0.4);

        // The node alone: PostgreSQL goes on without it.
        var (first, server) = await KillAtAsync(data, broker, history, share: 0.1, beyond: 0, killServer: false);
        Assert.Equal(server, data.ServerId);

        // The node and PostgreSQL's postmaster: what was not flushed is lost.
        await SendAsync(broker, history, from: 0.4, to: 0.8);
        var (second, _) = await KillAtAsync(data, broker, history, share: 0.4, first, killServer: true);
        Assert.True(second > first, $"nothing was stored between the kills: {first}, {second}");

        await SendAsync(broker, history, from: 0.8, to: 1);
        await using (var node = await StartAsync(data, broker))
        {
            await using (var database = await data.OpenDatabaseAsync())
                await database.UntilAsync($"SELECT ({Stored}) = {history.Records}", () => $"{history.Records} records are stored:\n{node.Process.Output}");
            await Waiting.UntilAsync(
                async () => await LagsAsync(node) is { Count: Partitions } lags && lags.All(static lag => lag == 0),
                () => $"lag 0:\n{node.Process.Output}");
            await node.Process.TerminateAsync();
            Assert.Equal(0, node.Process.ExitCode);
        }

        Assert.Null(data.ServerId);
        await using var left = await data.OpenDatabaseAsync();
        await StoreContent.AssertIsAsync(history, left, Topic);
    }

    /// <summary>Sends of each partition's records those between two shares of them.</summary>
    private static async Task SendAsync(TestBroker broker, DocumentHistory history, double from, double to)
    {
        for (var p = 0; p < Partitions; p++)
        {
            var records = history.Partitions[p];
            var (begin, end) = ((int)(records.Count * from), (int)(records.Count * to));
            Assert.Equal(end - begin, (await broker.SendAsync(Topic, p, records.Take(end).Skip(begin))).Count);
        }
    }

    private static async Task<List<long?>> LagsAsync(ServingNode node)
    {
        var status = await node.GetJsonAsync("/v1/status");
        return [.. status["ingest"]!["partitions"]!.AsArray().Where(static p => (string?)p!["topic"] == Topic).Select(static p => (long?)p!["lag"])];
    }

    private static Task<ServingNode> StartAsync(DataFolder data, TestBroker broker)
        => ServingNode.StartAsync(data, "--kafka", broker.Bootstrap, "--topics", Topic, "--batch-tokens", "64", "--threads", "1");

    /// <summary>Starts a node, kills it when that share of the records is stored.</summary>
    /// <param name="beyond">Records that were stored before: some more have to be.</param>
    /// <returns>Records stored, and the process id of the server they are stored in.</returns>
    private static async Task<(long Stored, int Server)> KillAtAsync(DataFolder data, TestBroker broker, DocumentHistory history, double share, long beyond, bool killServer)
    {
        await using var node = await StartAsync(data, broker);
        var server = data.ServerId ?? throw new InvalidOperationException("The node runs without its PostgreSQL.");
        await using (var database = await data.OpenDatabaseAsync())
        {
            database.LeaveRunning = true;
            await database.UntilAsync($"SELECT ({Stored}) >= {Math.Max((long)(history.Records * share), beyond + 1)}", () => $"{share:P0} of the records are stored:\n{node.Process.Output}");
            await node.Process.KillAsync();
            var stored = await database.ScalarAsync<long>(Stored);
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
}
