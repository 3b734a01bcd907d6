using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Streams.Kafka;

/// <summary>The store stands behind the end of the log: records that were read are no longer there, so it can't be the same log.</summary>
public sealed class PositionBeyondLogException(LogPartition partition, long position, long end)
    : Exception($"Topic {partition.Topic} partition {partition.Partition}: the store stands at offset {position}, the log ends at {end}. "
        + "The topic was truncated or restored from an older state. If the log is to be read anew, run: "
        + $"uvlm offsets adopt --group {partition.GroupId} --topic {partition.Topic} --log-id {partition.LogId} --partition {partition.Partition}")
{
    public LogPartition Partition { get; } = partition;

    public long Position { get; } = position;

    public long End { get; } = end;
}
