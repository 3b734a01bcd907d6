using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Sources;

/// <summary>
/// Where records come from. A source owns one or more logs, opens each of them in the intake, and posts their records in order.
/// </summary>
public interface IRecordSource
{
    /// <summary>For logs and messages, such as <c>kafka documents</c>.</summary>
    string Name { get; }

    /// <summary>What waits before the pipeline: bounded, and none of its credits.</summary>
    IReadOnlyList<QueueStatus> Queues => [];

    /// <summary>Partitions that it does not read until an operator has decided something; the log says what.</summary>
    IReadOnlyList<LogPartition> Halted => [];

    /// <summary>What it does where that may take its time, such as <c>leaves the group</c>; for the log of a stop that does not end.</summary>
    string? Doing => null;

    /// <summary>
    /// Reads until the source is exhausted or told to stop. Between the two signals it posts nothing more but keeps what it holds (group
    /// membership, leases), so that what is in flight can still be written.
    /// </summary>
    /// <param name="intake">Where partitions are opened.</param>
    /// <param name="stopReading">Post nothing more.</param>
    /// <param name="leave">Everything is written or given up: give partitions back and return.</param>
    Task RunAsync(IRecordIntake intake, CancellationToken stopReading, CancellationToken leave);
}
