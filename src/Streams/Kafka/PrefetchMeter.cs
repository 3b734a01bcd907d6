using System.Text.Json;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Kafka;

/// <summary>What librdkafka has fetched ahead, from the statistics it writes now and then.</summary>
/// <param name="capacity">Bytes at which it stops fetching.</param>
internal sealed class PrefetchMeter(long capacity)
{
    private long bytes;

    public QueueStatus Status => new("kafka prefetch bytes", Interlocked.Read(ref bytes), capacity);

    /// <summary>Called inside the poll, which a figure that another version calls otherwise must not end.</summary>
    public void Read(string statistics)
    {
        using var json = JsonDocument.Parse(statistics);
        var partitions = from topic in Members(json.RootElement, "topics")
                         from partition in Members(topic, "partitions")
                         select partition.TryGetProperty("fetchq_size", out var size) ? size.GetInt64() : 0;
        Interlocked.Exchange(ref bytes, partitions.Sum());
    }

    private static IEnumerable<JsonElement> Members(JsonElement element, string name)
        => element.TryGetProperty(name, out var members) ? members.EnumerateObject().Select(static member => member.Value) : [];
}
