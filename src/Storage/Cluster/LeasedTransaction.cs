using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Cluster;

/// <summary>
/// A short transaction under a lease, whose row it keeps as it is until the end: a taker waits for that. So that it does not wait for one that was left behind, or whose
/// client was stopped, the server ends it once the client has been silent for long.
/// </summary>
internal sealed class LeasedTransaction : IAsyncDisposable
{
    private const string SettingsSql = "SELECT set_config('idle_in_transaction_session_timeout', @idle, true)";

    private readonly NpgsqlTransaction _transaction;

    private LeasedTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction) => (Connection, _transaction) = (connection, transaction);

    public NpgsqlConnection Connection { get; }

    /// <exception cref="LeaseLostException">Another has the lease.</exception>
    public static async Task<LeasedTransaction> BeginAsync(DataSources sources, StoreOptions options, Lease lease, CancellationToken cancellationToken)
    {
        var connection = await sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        NpgsqlTransaction? transaction = null;
        try
        {
            transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using var batch = new NpgsqlBatch(connection);
            LeaseStore.AddCheck(batch, lease);
            batch.Add(SettingsSql).With("idle", IngestSettings.Milliseconds(options.IdleTransactionLimit));
            // The first statement's answer: the check's.
            if (await batch.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is null)
                throw new LeaseLostException(lease.Name);
            return new LeasedTransaction(connection, transaction);
        }
        catch
        {
            if (transaction is not null)
                await transaction.DisposeAsync().ConfigureAwait(false);
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public Task CommitAsync(CancellationToken cancellationToken) => _transaction.CommitAsync(cancellationToken);

    /// <summary>Without a commit before it, everything is undone.</summary>
    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync().ConfigureAwait(false);
        await Connection.DisposeAsync().ConfigureAwait(false);
    }
}
