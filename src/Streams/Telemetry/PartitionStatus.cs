using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Streams.Telemetry;

/// <summary>One open partition.</summary>
/// <param name="NextOffset">Everything before it is in the store; null before reading began.</param>
/// <param name="EndOffset">The end of the log as last reported; null when the source has no such thing.</param>
/// <param name="InFlight">Records read and not yet written.</param>
/// <param name="InFlightBytes">Their raw bytes.</param>
/// <param name="Held">Finished records that wait for an earlier one.</param>
/// <param name="Ready">Finished records in order that wait for the writer.</param>
/// <param name="Paused">The pipeline is full: the source may not post.</param>
public sealed record PartitionStatus(
    LogPartition Partition, long Epoch, long? NextOffset, long? EndOffset, long InFlight, long InFlightBytes, int Held, int Ready, bool Paused)
{
    /// <summary>Records between the store and the end of the log.</summary>
    public long? Lag => EndOffset is { } end && NextOffset is { } next ? Math.Max(0, end - next) : null;
}
