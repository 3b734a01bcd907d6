using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Cluster;

/// <summary><c>uvlm doctor --cluster</c> beside a node that lives, and after it was killed.</summary>
public sealed class DoctorTests
{
    [Fact]
    public async Task A_node_is_seen_and_missed_when_it_was_killed()
    {
        await using var data = new DataFolder();
        await using var database = await data.OpenDatabaseAsync();
        await using var node = await ServingNode.StartAsync(data, "--node-name", "one");
        // On a machine that lets the node wait for seconds it is silent for a moment.
        Finished? healthy = null;
        await Waiting.UntilAsync(
            async () => (healthy = await Uvlm.RunAsync(["doctor", "--cluster", "--data", data.Root])).ExitCode == 0, () => $"{healthy?.Output}\n{healthy?.Errors}\n{node.Process.Output}");
        Assert.Matches("(?m)^ok +member +one: ingest encode query, ready, http://127.0.0.1:", healthy!.Output);
        Assert.DoesNotContain("FAIL", healthy.Output);

        await node.Process.KillAsync();
        await database.UntilAsync("SELECT NOT EXISTS (SELECT FROM uvlm.member WHERE expires_at > clock_timestamp())", () => "the node is taken for dead");
        var missed = await Uvlm.RunAsync(["doctor", "--cluster", "--data", data.Root]);
        Assert.Equal(1, missed.ExitCode);
        Assert.Matches("(?m)^FAIL member +one has been silent for [0-9.]+ s and did not leave: Did it die", missed.Output);
        Assert.Matches("(?m)^FAIL members +none is alive: Start a node", missed.Output);
    }
}
