namespace UnifiedVlm.Storage.Ingest;

/// <summary>The lease is no longer the newest one: nothing was written, and nothing may be.</summary>
public sealed class FencedException(PartitionLease lease, string detail)
    : Exception($"Partition {lease.Partition.Topic}/{lease.Partition.Partition} is no longer held with epoch {lease.Epoch}: {detail}")
{
    public PartitionLease Lease { get; } = lease;
}
