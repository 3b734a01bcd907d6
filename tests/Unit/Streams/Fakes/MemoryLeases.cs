using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Storage.Cluster;

namespace UnifiedVlm.Tests.Unit.Streams.Fakes;

/// <summary>Leases in memory, by a clock that a test moves.</summary>
internal sealed class MemoryLeases(TimeProvider? time = null) : ILeaseStore
{
    private readonly TimeProvider time = time ?? TimeProvider.System;
    private readonly Lock gate = new();
    private readonly Dictionary<string, (Lease Lease, DateTimeOffset Until)> leases = [];
    private int refused;
    private int renewed;

    /// <summary>Awaited before every call.</summary>
    public Func<CancellationToken, Task> BeforeCall { get; set; } = static _ => Task.CompletedTask;

    /// <summary>How often somebody asked for a lease that another had.</summary>
    public int Refused => Volatile.Read(ref refused);

    public int Renewed => Volatile.Read(ref renewed);

    /// <summary>For one node, by the system's clock.</summary>
    public LeaseTaker Taker() => new(this, "test", new LeasedWorkOptions { Interval = TimeSpan.FromMilliseconds(1) }, NullLogger.Instance, TimeProvider.System);

    /// <summary>Who has it now.</summary>
    public string? Owner(string name)
    {
        lock (gate)
            return leases.TryGetValue(name, out var held) && held.Until > time.GetUtcNow() ? held.Lease.Owner : null;
    }

    public async Task<Lease?> TryTakeAsync(string name, string owner, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        await BeforeCall(cancellationToken);
        lock (gate)
        {
            var known = leases.TryGetValue(name, out var held);
            if (known && held.Until > time.GetUtcNow())
            {
                refused++;
                return null;
            }

            var lease = new Lease(name, owner, known ? held.Lease.Epoch + 1 : 1);
            leases[name] = (lease, time.GetUtcNow() + lifetime);
            return lease;
        }
    }

    public Task<bool> RenewAsync(Lease lease, TimeSpan lifetime, CancellationToken cancellationToken) => ExtendAsync(lease, lifetime, cancellationToken);

    public Task ReleaseAsync(Lease lease, CancellationToken cancellationToken) => ExtendAsync(lease, TimeSpan.Zero, cancellationToken);

    private async Task<bool> ExtendAsync(Lease lease, TimeSpan by, CancellationToken cancellationToken)
    {
        await BeforeCall(cancellationToken);
        lock (gate)
        {
            if (!leases.TryGetValue(lease.Name, out var held) || held.Lease != lease)
                return false;
            leases[lease.Name] = (lease, time.GetUtcNow() + by);
            if (by > TimeSpan.Zero)
                renewed++;
            return true;
        }
    }
}
