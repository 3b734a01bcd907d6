using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Streams.Sources;

/// <summary>The pipeline as a source sees it.</summary>
public interface IRecordIntake
{
    /// <summary>Takes the partition over in the store, waiting out faults that pass. Nothing is read before <see cref="IPartitionIntake.StartAt"/>.</summary>
    /// <exception cref="LogChangedException">The stored position belongs to another incarnation of the log.</exception>
    Task<IPartitionIntake> OpenAsync(LogPartition partition, CancellationToken cancellationToken);

    /// <summary>Waits until the store answers and reserves versions for documents that name none.</summary>
    Task<long> ReserveLocalVersionsAsync(int count, CancellationToken cancellationToken);
}
