using System.Diagnostics;
using UnifiedVlm.Tests.EndToEnd.Ingest;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Crash;

/// <summary>Orderly ends: nothing is lost, nothing is left running.</summary>
public sealed class StopTests
{
    private const string Topic = "documents";
    private const string Stored = "SELECT coalesce(sum(next_offset), 0)::bigint FROM uvlm.ingest_offset WHERE topic = 'documents'";

    [Fact]
    public async Task Told_to_stop_under_load_it_writes_what_is_in_flight_and_the_next_one_reads_the_rest()
    {
        var history = new DocumentHistory(documents: 50, partitions: 1, seed: 3);
        await using var data = new DataFolder();
        await using var broker = await TestBroker.StartAsync($"{Topic}:1");
        await broker.SendAsync(Topic, 0, history.Partitions[0]);
        string[] arguments = ["--kafka", broker.Bootstrap, "--topics", Topic, "--batch-tokens", "64", "--threads", "1"];

        await using (var node = await ServingNode.StartAsync(data, arguments))
        {
            await using (var database = await data.OpenDatabaseAsync())
                await database.UntilAsync($"SELECT ({Stored}) > 0", () => $"ingestion has begun:\n{node.Process.Output}");
            await node.Process.TerminateAsync();
            Assert.True(node.Process.ExitCode == 0, $"exit code {node.Process.ExitCode}:\n{node.Process.Output}");
        }

        Assert.Null(data.ServerId);
        await UntilNobodyRunsInAsync(data.Root);

        // At once again over the same folder; this time its standard input tells it to stop.
        await using (var node = await ServingNode.StartAsync(data, arguments))
        {
            await using (var database = await data.OpenDatabaseAsync())
                await database.UntilAsync($"SELECT ({Stored}) = {history.Records}", () => $"everything is stored:\n{node.Process.Output}");
            node.Process.CloseInput();
            await node.Process.WaitForExitAsync();
            Assert.True(node.Process.ExitCode == 0, $"exit code {node.Process.ExitCode}:\n{node.Process.Output}");
        }

        await UntilNobodyRunsInAsync(data.Root);
        await using var left = await data.OpenDatabaseAsync();
        await StoreContent.AssertIsAsync(history, left, Topic);
    }

    [Fact]
    public async Task Two_nodes_share_a_database_and_the_last_one_that_leaves_stops_it()
    {
        await using var data = new DataFolder();
        await using var first = await ServingNode.StartAsync(data);
        await using var second = await ServingNode.StartAsync(data);
        await first.Process.TerminateAsync();
        Assert.Equal(0, first.Process.ExitCode);
        Assert.NotNull(data.ServerId);
        Assert.Equal("healthy", await second.Http.GetStringAsync("/health"));
        await second.Process.TerminateAsync();
        Assert.Equal(0, second.Process.ExitCode);
        await UntilNobodyRunsInAsync(data.Root);
    }

    [Fact]
    public async Task A_broker_ends_with_its_standard_input_and_with_a_signal()
    {
        await using var byInput = Uvlm.Start(["broker", "--until-stdin-closes"], keepInputOpen: true);
        await byInput.WaitForLineAsync("bootstrap servers: ");
        byInput.CloseInput();
        await byInput.WaitForExitAsync();
        Assert.Equal(0, byInput.ExitCode);

        await using var bySignal = Uvlm.Start(["broker"]);
        await bySignal.WaitForLineAsync("bootstrap servers: ");
        await bySignal.TerminateAsync();
        Assert.Equal(0, bySignal.ExitCode);
    }

    /// <summary>Its server takes its file away a moment before it is gone itself; one that was left running stays.</summary>
    private static Task UntilNobodyRunsInAsync(string folder) => Waiting.UntilAsync(() => Task.FromResult(ProcessesIn(folder).Count == 0), () => string.Join('\n', ProcessesIn(folder)));

    /// <summary>Command lines of processes that name the folder: PostgreSQL's does.</summary>
    private static List<string> ProcessesIn(string folder) =>
    [
        .. Process.GetProcesses().Select(static process =>
            {
                using (process)
                    return CommandLine(process.Id);
            })
            .Where(line => line.Contains(folder, StringComparison.Ordinal)),
    ];

    private static string CommandLine(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            // It ended between the listing and now.
            return "";
        }
    }
}
