using Npgsql;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Cluster;

/// <summary>
/// Leases as rows with epochs. A holder that has been stopped and wakes believes it still has its lease, so a lease alone protects nothing: every protected write
/// checks the epoch in its own transaction.
/// </summary>
public sealed class LeaseStore
{
    /// <summary>
    /// Yields a row while @lease is held with @epoch, and keeps it so until the transaction ends: a taker waits for that. Not the expiry: who was late but has not been
    /// replaced does no harm.
    /// </summary>
    internal const string CheckSql = "SELECT 1 FROM uvlm.lease WHERE name = @lease AND epoch = @epoch FOR SHARE";

    private const string TakeSql = """
        INSERT INTO uvlm.lease AS l (name, owner, epoch, expires_at) VALUES (@name, @owner, 1, clock_timestamp() + @lifetime)
        ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, epoch = l.epoch + 1, expires_at = excluded.expires_at WHERE l.expires_at <= clock_timestamp()
        RETURNING epoch
        """;

    private const string RenewSql = "UPDATE uvlm.lease SET expires_at = clock_timestamp() + @lifetime WHERE name = @name AND epoch = @epoch";
    private const string ReleaseSql = "UPDATE uvlm.lease SET expires_at = clock_timestamp() WHERE name = @name AND epoch = @epoch";

    private readonly DataSources _sources;

    internal LeaseStore(DataSources sources) => _sources = sources;

    /// <summary>Takes a lease that nobody has or whose holder has been silent for too long. Whoever held it before, this owner included, has lost it.</summary>
    /// <returns>Null: another has it.</returns>
    public async Task<Lease?> TryTakeAsync(string name, string owner, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(TakeSql).With("name", name).With("owner", owner).With("lifetime", lifetime);
        return await batch.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is long epoch ? new Lease(name, owner, epoch) : null;
    }

    /// <returns>False: another has taken it since.</returns>
    public Task<bool> RenewAsync(Lease lease, TimeSpan lifetime, CancellationToken cancellationToken)
        => UpdateAsync(lease, batch => batch.Add(RenewSql).With("lifetime", lifetime), cancellationToken);

    /// <summary>Lets the next one have it at once. Does nothing where another has it already.</summary>
    public Task ReleaseAsync(Lease lease, CancellationToken cancellationToken) => UpdateAsync(lease, static batch => batch.Add(ReleaseSql), cancellationToken);

    /// <summary><see cref="CheckSql"/> in a transaction that is open on the connection.</summary>
    /// <exception cref="LeaseLostException">Another has it.</exception>
    internal static async Task CheckAsync(NpgsqlConnection connection, Lease lease, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(CheckSql).With("lease", lease.Name).With("epoch", (long?)lease.Epoch);
        if (await batch.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is null)
            throw new LeaseLostException(lease.Name);
    }

    private async Task<bool> UpdateAsync(Lease lease, Func<NpgsqlBatch, NpgsqlBatchCommand> add, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lease);
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        add(batch).With("name", lease.Name).With("epoch", (long?)lease.Epoch);
        return await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) == 1;
    }
}
