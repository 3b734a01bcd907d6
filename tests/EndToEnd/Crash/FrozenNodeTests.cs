using UnifiedVlm.Tests.EndToEnd.Ingest;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Crash;

/// <summary>A node that stands still with its connections open, as on a machine that hangs, and later goes on as if nothing had happened.</summary>
public sealed class FrozenNodeTests
{
    private const string Topic = "documents";
    private const string Stored = "SELECT coalesce(sum(next_offset), 0)::bigint FROM uvlm.ingest_offset WHERE topic = 'documents'";

    [Fact]
    public async Task Another_node_takes_over_and_the_one_that_wakes_writes_nothing_a_second_time()
    {
        var history = new DocumentHistory(documents: 60, partitions: 2, seed: 11);
        await using var data = new DataFolder();
        await using var broker = await TestBroker.StartAsync($"{Topic}:2");
        await SendAsync(broker, history, static records => records.Take(records.Count * 2 / 3));
        string[] arguments = ["--kafka", broker.Bootstrap, "--topics", Topic, "--batch-tokens", "64", "--threads", "1"];
        await using var database = await data.OpenDatabaseAsync();
        await using var frozen = await ServingNode.StartAsync(data, arguments);
        await database.UntilAsync($"SELECT ({Stored}) > 0", () => $"ingestion has begun:\n{frozen.Process.Output}");

        // What comes now is for the successor, whatever the other was quick enough to store.
        frozen.Process.Freeze();
        await SendAsync(broker, history, static records => records.Skip(records.Count * 2 / 3));
        await using var successor = await ServingNode.StartAsync(data, arguments);
        await database.UntilAsync($"SELECT ({Stored}) = {history.Records}", () => $"the successor stores the rest:\n{successor.Process.Output}");
        frozen.Process.Thaw();

        // It finds out, asks for partitions anew and is a node like any other: healthy, and the end of its own stop is orderly.
        await Waiting.UntilAsync(
            async () => (await frozen.GetJsonAsync("/v1/status"))["ingest"]!["partitions"]!.AsArray().Count(static p => (string?)p!["topic"] == Topic) < 2,
            () => $"the node that woke up gives partitions away:\n{frozen.Process.Output}");
        Assert.Equal("healthy", await frozen.Http.GetStringAsync("/health"));
        await StoreContent.AssertIsAsync(history, database, Topic);
        await successor.Process.TerminateAsync();
        await frozen.Process.TerminateAsync();
        Assert.Equal((0, 0), (successor.Process.ExitCode, frozen.Process.ExitCode));
        await StoreContent.AssertIsAsync(history, database, Topic);
    }

    private static async Task SendAsync(TestBroker broker, DocumentHistory history, Func<IReadOnlyList<KafkaRecord>, IEnumerable<KafkaRecord>> share)
    {
        for (var p = 0; p < history.Partitions.Count; p++)
            await broker.SendAsync(Topic, p, share(history.Partitions[p]));
    }
}
