namespace UnifiedVlm.Storage.Cluster;

/// <summary>Where leases are, with their epochs and by a clock of their own.</summary>
public interface ILeaseStore
{
    /// <summary>Takes a lease that nobody has or whose holder has been silent for too long. Whoever held it before, this owner included, has lost it.</summary>
    /// <param name="lifetime">About the same for all who ask for the lease: one that still has more than twice as long was given before the clock was set back, and is taken.</param>
    /// <returns>Null: another has it.</returns>
    Task<Lease?> TryTakeAsync(string name, string owner, TimeSpan lifetime, CancellationToken cancellationToken);

    /// <returns>False: another has taken it since.</returns>
    Task<bool> RenewAsync(Lease lease, TimeSpan lifetime, CancellationToken cancellationToken);

    /// <summary>Lets the next one have it at once. Does nothing where another has it already.</summary>
    Task ReleaseAsync(Lease lease, CancellationToken cancellationToken);
}
