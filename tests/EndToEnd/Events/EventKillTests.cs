using System.Globalization;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Ingest;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Events;

/// <summary>SIGKILL while documents change and their events are published: what a consumer by the rule of sequences ends with is what the database has.</summary>
public sealed class EventKillTests
{
    private const string Topic = "documents";
    private const string EventsTopic = "events";
    private const int Partitions = 2;
    private const string Published = "SELECT count(*) FROM uvlm.outbox WHERE published_at IS NOT NULL";

    [Fact]
    public async Task A_node_killed_three_times_publishes_every_event_and_consumers_end_with_the_databases_state()
    {
        var history = new DocumentHistory(documents: 120, Partitions, seed: 11);
        await using var data = new DataFolder();
        await using var broker = await TestBroker.StartAsync($"{Topic}:{Partitions}", $"{EventsTopic}:{Partitions}");
        for (var p = 0; p < Partitions; p++)
            await broker.SendAsync(Topic, p, history.Partitions[p]);

        foreach (var share in (double[])[0.1, 0.3, 0.6])
        {
            await using var node = await StartAsync(data, broker);
            await using var database = await data.OpenDatabaseAsync();
            database.LeaveRunning = true;
            await database.UntilAsync($"SELECT ({Published}) >= {(long)(history.Living * share)}", () => $"{share:P0} is published:\n{node.Process.Output}");
            await node.Process.KillAsync();
        }

        await using var last = await StartAsync(data, broker);
        await using var store = await data.OpenDatabaseAsync();
        await store.UntilAsync($"SELECT coalesce(sum(next_offset), 0) = {history.Records} FROM uvlm.ingest_offset WHERE topic = '{Topic}'", () => $"everything is stored:\n{last.Process.Output}");
        await store.UntilAsync("SELECT NOT EXISTS (SELECT FROM uvlm.outbox WHERE published_at IS NULL)", () => $"everything is published:\n{last.Process.Output}");
        Assert.Equal(0, (long)(await last.GetJsonAsync("/v1/status"))["events"]!["unpublished"]!);

        using var reader = new EventReader(broker, EventsTopic, Partitions);
        var events = new List<JsonObject>();
        await Waiting.UntilAsync(
            async () =>
            {
                events.AddRange(reader.ReadNew());
                return events.Select(static e => (string)e["id"]!).Distinct().Count() >= await store.ScalarAsync<long>("SELECT count(*) FROM uvlm.outbox");
            },
            () => $"{events.Count} events have come");
        Assert.Equal(
            (await store.RowsAsync("SELECT id FROM uvlm.outbox")).Order(StringComparer.Ordinal), events.Select(static e => (string)e["id"]!).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(
            (await store.RowsAsync("SELECT tenant, id, sequence, version, deleted FROM uvlm.document")).Order(StringComparer.Ordinal), Consume(events).Order(StringComparer.Ordinal));
    }

    /// <summary>As docs/events.md says: of a document what is not newer than what one has is dropped.</summary>
    private static IEnumerable<string> Consume(IEnumerable<JsonObject> events)
    {
        var state = new Dictionary<(string, string), (long Sequence, long Version, bool IsDeleted)>();
        foreach (var happened in events)
        {
            var (key, sequence) = (((string)happened["tenant"]!, (string)happened["subject"]!), long.Parse((string)happened["sequence"]!, CultureInfo.InvariantCulture));
            if (!state.TryGetValue(key, out var known) || sequence > known.Sequence)
                state[key] = (sequence, (long)happened["data"]!["version"]!, (string?)happened["type"] == "com.unifiedvlm.document.deleted.v1");
        }

        return state.Select(static s => string.Create(CultureInfo.InvariantCulture, $"{s.Key.Item1}|{s.Key.Item2}|{s.Value.Sequence}|{s.Value.Version}|{s.Value.IsDeleted}"));
    }

    private static Task<ServingNode> StartAsync(DataFolder data, TestBroker broker) => ServingNode.StartAsync(
        data, "--kafka", broker.Bootstrap, "--topics", Topic, "--events-topic", EventsTopic, "--batch-tokens", "64", "--threads", "1");
}
