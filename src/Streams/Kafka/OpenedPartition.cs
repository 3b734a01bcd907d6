using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Streams.Kafka;

/// <summary>A partition whose lease is held, and the offset where reading begins.</summary>
/// <param name="VersionRule">Versions of documents that name none are offsets of this log.</param>
internal sealed record OpenedPartition(IPartitionIntake Intake, long Start, string VersionRule)
{
    public LogPartition Log => Intake.Lease.Partition;
}
