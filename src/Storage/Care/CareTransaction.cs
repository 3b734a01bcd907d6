using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Care;

/// <summary>
/// A short transaction that changes stored documents beside the writers. It takes its locks in their order: generations, documents by key, pictures by key.
/// </summary>
internal sealed class CareTransaction : IAsyncDisposable
{
    private const string SettingsSql = "SELECT set_config('lock_timeout', @lock_timeout, true), set_config('idle_in_transaction_session_timeout', @idle, true)";

    // Shared: none of them can be dropped or switched meanwhile.
    private const string LockGenerationsSql = "SELECT FROM uvlm.index_generation ORDER BY id FOR SHARE";

    // A statement of its own: its snapshot is taken when the rows are locked, so that one that was made just before is among them.
    private const string GenerationsSql = "SELECT id FROM uvlm.index_generation ORDER BY id";

    private const string LockSql = """
        SELECT d.tenant, d.id
        FROM unnest(@tenants, @ids) AS k (tenant, id)
        JOIN uvlm.document d ON d.tenant = k.tenant AND d.id = k.id
        ORDER BY d.tenant, d.id
        FOR UPDATE OF d
        """;

    private readonly NpgsqlTransaction _transaction;

    private CareTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        Connection = connection;
        _transaction = transaction;
    }

    public NpgsqlConnection Connection { get; }

    /// <summary>All there are, also those that are not live.</summary>
    public List<int> Generations { get; } = [];

    /// <param name="holdGenerations">False for who fills one: a switch holds up all others until that is done. That it is not dropped meanwhile its tables' locks see to.</param>
    public static async Task<CareTransaction> BeginAsync(DataSources sources, StoreOptions options, CancellationToken cancellationToken, bool holdGenerations = true)
    {
        var connection = await sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        NpgsqlTransaction? transaction = null;
        try
        {
            transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            var care = new CareTransaction(connection, transaction);
            await care.EnterAsync(options, holdGenerations, cancellationToken).ConfigureAwait(false);
            return care;
        }
        catch
        {
            if (transaction is not null)
                await transaction.DisposeAsync().ConfigureAwait(false);
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Nobody changes these documents until the end.</summary>
    /// <returns>Those that exist.</returns>
    public async Task<List<DocumentKey>> LockAsync(IReadOnlyList<DocumentKey> keys, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(Connection);
        batch.Add(LockSql).With("tenants", keys.Select(k => k.Tenant)).With("ids", keys.Select(k => k.Id));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var locked = new List<DocumentKey>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            locked.Add(new DocumentKey(reader.GetString(0), reader.GetString(1)));
        return locked;
    }

    public Task CommitAsync(CancellationToken cancellationToken) => _transaction.CommitAsync(cancellationToken);

    /// <summary>Without a commit before it, everything is undone.</summary>
    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync().ConfigureAwait(false);
        await Connection.DisposeAsync().ConfigureAwait(false);
    }

    private async Task EnterAsync(StoreOptions options, bool holdGenerations, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(Connection);
        batch.Add(SettingsSql).With("lock_timeout", IngestSettings.Milliseconds(options.LockTimeout)).With("idle", IngestSettings.Milliseconds(options.IdleTransactionLimit));
        if (holdGenerations)
            batch.Add(LockGenerationsSql);
        batch.Add(GenerationsSql);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        if (holdGenerations)
            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            Generations.Add(reader.GetInt32(0));
    }
}
