namespace UnifiedVlm.Storage.Cluster;

/// <summary>The right to do something alone, until it expires or is given up.</summary>
/// <param name="Epoch">Whatever the lease protects is written in a transaction that has checked it (<see cref="LeaseStore.AddCheck"/>).</param>
public sealed record Lease(string Name, string Owner, long Epoch);
