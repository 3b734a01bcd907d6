using System.Data;
using Npgsql;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Search;

/// <summary>A reading transaction of one tenant: row-level security shows it nothing else.</summary>
internal sealed class TenantTransaction : IAsyncDisposable
{
    // Together, so that opening costs no round trip of its own: they travel with the first batch.
    private const string SettingsSql = """
        SELECT set_config('app.tenant', @tenant, true), set_config('hnsw.ef_search', @ef_search, true), set_config('hnsw.iterative_scan', 'relaxed_order', true),
            set_config('hnsw.max_scan_tuples', @tuples, true), set_config('hnsw.scan_mem_multiplier', @memory, true)
        """;

    // pgvector's defaults; and what a filter may make it look at before it finds enough, with the memory to know it again. docs/retrieval.md has what a vector costs.
    private const string UsualTuples = "20000";
    private const string UsualMemory = "1";
    private const string FilteredTuples = "40000";
    private const string FilteredMemory = "4";

    private const string TenantSql = "SELECT set_config('app.tenant', @tenant, true)";

    private readonly NpgsqlTransaction _transaction;

    private TenantTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction, string tenant)
    {
        Connection = connection;
        _transaction = transaction;
        Tenant = tenant;
    }

    public NpgsqlConnection Connection { get; }

    public string Tenant { get; }

    /// <param name="isolation">Repeatable read, where several statements have to see one state.</param>
    public static async Task<TenantTransaction> OpenAsync(
        NpgsqlDataSource app, string tenant, CancellationToken cancellationToken, IsolationLevel isolation = IsolationLevel.ReadCommitted)
    {
        var connection = await app.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return new TenantTransaction(connection, await connection.BeginTransactionAsync(isolation, cancellationToken).ConfigureAwait(false), tenant);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A batch whose first result is the settings'; every batch of a transaction may begin so.</summary>
    /// <param name="efSearch">For a batch that walks an HNSW index.</param>
    /// <param name="filtered">Much of what is met on the way may be passed over.</param>
    public NpgsqlBatch Batch(int? efSearch = null, bool filtered = false)
    {
        var batch = new NpgsqlBatch(Connection);
        if (efSearch is { } ef)
        {
            batch.Add(SettingsSql).With("tenant", Tenant).With("ef_search", ef.ToString(System.Globalization.CultureInfo.InvariantCulture))
                .With("tuples", filtered ? FilteredTuples : UsualTuples).With("memory", filtered ? FilteredMemory : UsualMemory);
        }
        else
            batch.Add(TenantSql).With("tenant", Tenant);
        return batch;
    }

    /// <summary>Nothing was written: rolling back and committing are the same.</summary>
    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync().ConfigureAwait(false);
        await Connection.DisposeAsync().ConfigureAwait(false);
    }
}
