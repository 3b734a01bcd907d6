using UnifiedVlm.Storage.Suspects;

namespace UnifiedVlm.Storage.Ingest;

/// <summary>The right to write one partition, until someone else takes it with a higher epoch.</summary>
/// <param name="NextOffset">Where the owner has to go on; null when the partition was never read.</param>
public sealed record PartitionLease(LogPartition Partition, string Owner, long Epoch, long? NextOffset)
{
    /// <summary>Records that were in work when a process died, and how many processes died with the record alone in work: each is to be tried alone.</summary>
    public IReadOnlyDictionary<WorkIdentity, int> Suspects { get; init; } = new Dictionary<WorkIdentity, int>();
}
