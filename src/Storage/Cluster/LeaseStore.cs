using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Cluster;

/// <summary>
/// Leases as rows with epochs. A holder that has been stopped and wakes believes it still has its lease, so a lease alone protects nothing: every protected write
/// checks the epoch in its own transaction.
/// </summary>
public sealed class LeaseStore : ILeaseStore
{
    internal const string CheckSql = "SELECT 1 FROM uvlm.lease WHERE name = @lease AND epoch = @epoch FOR SHARE";

    private const string TakeSql = """
        INSERT INTO uvlm.lease AS l (name, owner, epoch, expires_at) VALUES (@name, @owner, 1, clock_timestamp() + @lifetime)
        ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, epoch = l.epoch + 1, expires_at = excluded.expires_at WHERE l.expires_at <= clock_timestamp()
        RETURNING epoch
        """;

    private const string RenewSql = "UPDATE uvlm.lease SET expires_at = clock_timestamp() + @lifetime WHERE name = @name AND epoch = @epoch";
    private const string ReleaseSql = "UPDATE uvlm.lease SET expires_at = clock_timestamp() WHERE name = @name AND epoch = @epoch";

    private readonly DataSources _sources;
    private readonly BoundedCalls _calls;

    internal LeaseStore(DataSources sources, ILogger<LeaseStore> logger) => (_sources, _calls) = (sources, new BoundedCalls(logger));

    /// <inheritdoc />
    public Task<Lease?> TryTakeAsync(string name, string owner, TimeSpan lifetime, CancellationToken cancellationToken) => _calls.RunAsync(
        "Taking a lease",
        async token =>
        {
            await using var connection = await _sources.Ingest.OpenConnectionAsync(token).ConfigureAwait(false);
            await using var batch = new NpgsqlBatch(connection);
            batch.Add(TakeSql).With("name", name).With("owner", owner).With("lifetime", lifetime);
            return await batch.ExecuteScalarAsync(token).ConfigureAwait(false) is long epoch ? new Lease(name, owner, epoch) : null;
        },
        cancellationToken);

    /// <inheritdoc />
    public Task<bool> RenewAsync(Lease lease, TimeSpan lifetime, CancellationToken cancellationToken)
        => UpdateAsync("Renewing a lease", lease, batch => batch.Add(RenewSql).With("lifetime", lifetime), cancellationToken);

    /// <inheritdoc />
    public Task ReleaseAsync(Lease lease, CancellationToken cancellationToken)
        => UpdateAsync("Giving a lease up", lease, static batch => batch.Add(ReleaseSql), cancellationToken);

    /// <summary>
    /// Yields a row while the lease is held with its epoch, and keeps it so until the transaction ends: a taker waits for that. Not the expiry: who was late but has not been
    /// replaced does no harm.
    /// </summary>
    internal static void AddCheck(NpgsqlBatch batch, Lease lease) => batch.Add(CheckSql).With("lease", lease.Name).With("epoch", (long?)lease.Epoch);

    private Task<bool> UpdateAsync(string what, Lease lease, Func<NpgsqlBatch, NpgsqlBatchCommand> add, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return _calls.RunAsync(
            what,
            async token =>
            {
                await using var connection = await _sources.Ingest.OpenConnectionAsync(token).ConfigureAwait(false);
                await using var batch = new NpgsqlBatch(connection);
                add(batch).With("name", lease.Name).With("epoch", (long?)lease.Epoch);
                return await batch.ExecuteNonQueryAsync(token).ConfigureAwait(false) == 1;
            },
            cancellationToken);
    }
}
