using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Streams.Kafka;

/// <summary>The store's side of <see cref="OnNewLog.Adopt"/>: what the operator's command does, for one partition.</summary>
public interface ILogAdoption
{
    /// <summary>Forgets the group's position in the earlier log; the next acquisition finds a partition that was never read.</summary>
    Task AdoptAsync(LogPartition partition, CancellationToken cancellationToken);
}
