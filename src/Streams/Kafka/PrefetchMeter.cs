using System.Text.Json;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Kafka;

/// <summary>What librdkafka has fetched ahead, from the statistics it writes now and then.</summary>
/// <param name="capacity">Bytes at which it stops fetching.</param>
internal sealed class PrefetchMeter(long capacity)
{
    private long bytes;

    public QueueStatus Status => new("kafka prefetch bytes", Interlocked.Read(ref bytes), capacity);

    /// <summary>Called inside the poll.</summary>
    public void Read(string statistics)
    {
        using var json = JsonDocument.Parse(statistics);
        var fetched = 0L;
        foreach (var topic in json.RootElement.GetProperty("topics").EnumerateObject())
        {
            foreach (var partition in topic.Value.GetProperty("partitions").EnumerateObject())
                fetched += partition.Value.GetProperty("fetchq_size").GetInt64();
        }

        Interlocked.Exchange(ref bytes, fetched);
    }
}
