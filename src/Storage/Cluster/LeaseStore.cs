using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Cluster;

/// <summary>
/// Leases as rows with epochs. A holder that has been stopped and wakes believes it still has its lease, so a lease alone protects nothing: every protected write
/// checks the epoch in its own transaction.
/// </summary>
public sealed class LeaseStore : ILeaseStore
{
    internal const string CheckSql = "SELECT 1 FROM uvlm.lease WHERE name = @lease AND epoch = @epoch FOR SHARE";

    // One that seems to hold for far longer than anybody asks for was given before the clock was set back: its holder may be dead, and if it lives it loses a turn and no more.
    private const string TakeSql = """
        INSERT INTO uvlm.lease AS l (name, owner, epoch, expires_at) VALUES (@name, @owner, 1, clock_timestamp() + @lifetime)
        ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, epoch = l.epoch + 1, expires_at = excluded.expires_at
        WHERE l.expires_at <= clock_timestamp() OR l.expires_at > clock_timestamp() + 2 * @lifetime
        RETURNING epoch
        """;

    private const string LockTimeoutSql = "SELECT set_config('lock_timeout', @lock_timeout, true)";

    // A long transaction under the lease keeps the row: nobody can take it meanwhile, so what is not renewed then is held all the same.
    private const string RenewSql = """
        WITH free AS (SELECT name FROM uvlm.lease WHERE name = @name AND epoch = @epoch FOR NO KEY UPDATE SKIP LOCKED)
        UPDATE uvlm.lease SET expires_at = clock_timestamp() + @lifetime FROM free WHERE lease.name = free.name
        """;

    private const string IsHeldSql = "SELECT 1 FROM uvlm.lease WHERE name = @name AND epoch = @epoch";
    private const string ReleaseSql = "UPDATE uvlm.lease SET expires_at = clock_timestamp() WHERE name = @name AND epoch = @epoch";

    private readonly DataSources _sources;
    private readonly StoreOptions _options;
    private readonly StoppedClients _stopped;
    private readonly BoundedCalls _calls;

    internal LeaseStore(DataSources sources, StoreOptions options, StoppedClients stopped, ILogger<LeaseStore> logger)
        => (_sources, _options, _stopped, _calls) = (sources, options, stopped, new BoundedCalls(logger));

    /// <inheritdoc />
    public Task<Lease?> TryTakeAsync(string name, string owner, TimeSpan lifetime, CancellationToken cancellationToken) => _calls.RunAsync(
        "Taking a lease",
        async token =>
        {
            await using var connection = await _sources.Ingest.OpenConnectionAsync(token).ConfigureAwait(false);
            await using var batch = new NpgsqlBatch(connection);
            batch.Add(LockTimeoutSql).With("lock_timeout", IngestSettings.Milliseconds(_options.LockTimeout));
            batch.Add(TakeSql).With("name", name).With("owner", owner).With("lifetime", lifetime);
            try
            {
                await using var reader = await batch.ExecuteReaderAsync(token).ConfigureAwait(false);
                await reader.NextResultAsync(token).ConfigureAwait(false);
                return await reader.ReadAsync(token).ConfigureAwait(false) ? new Lease(name, owner, reader.GetInt64(0)) : null;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                // Its time is over, but a transaction of its holder goes on.
                await _stopped.EndAsync(token).ConfigureAwait(false);
                return null;
            }
        },
        cancellationToken);

    /// <inheritdoc />
    public Task<bool> RenewAsync(Lease lease, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return _calls.RunAsync(
            "Renewing a lease",
            async token =>
            {
                await using var connection = await _sources.Ingest.OpenConnectionAsync(token).ConfigureAwait(false);
                await using var batch = new NpgsqlBatch(connection);
                batch.Add(RenewSql).With("name", lease.Name).With("epoch", (long?)lease.Epoch).With("lifetime", lifetime);
                batch.Add(IsHeldSql).With("name", lease.Name).With("epoch", (long?)lease.Epoch);
                return await batch.ExecuteScalarAsync(token).ConfigureAwait(false) is not null;
            },
            cancellationToken);
    }

    /// <inheritdoc />
    public Task ReleaseAsync(Lease lease, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return _calls.RunAsync(
            "Giving a lease up",
            async token =>
            {
                await using var connection = await _sources.Ingest.OpenConnectionAsync(token).ConfigureAwait(false);
                await using var batch = new NpgsqlBatch(connection);
                batch.Add(ReleaseSql).With("name", lease.Name).With("epoch", (long?)lease.Epoch);
                await batch.ExecuteNonQueryAsync(token).ConfigureAwait(false);
            },
            cancellationToken);
    }

    /// <summary>
    /// Yields a row while the lease is held with its epoch, and keeps it so until the transaction ends: a taker waits for that. Not the expiry: who was late but has not been
    /// replaced does no harm.
    /// </summary>
    internal static void AddCheck(NpgsqlBatch batch, Lease lease) => batch.Add(CheckSql).With("lease", lease.Name).With("epoch", (long?)lease.Epoch);
}
