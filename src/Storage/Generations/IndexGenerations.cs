using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Generations;

/// <summary>Which index generations there are, and how they come to be live and cease to be.</summary>
public sealed partial class IndexGenerations
{
    // Writers only ever read this table, so the lock holds up nobody but another maker of generations.
    private const string LockSql = "LOCK TABLE uvlm.index_generation IN SHARE ROW EXCLUSIVE MODE";
    private const string EnterOwnerSql = "SET LOCAL ROLE uvlm_owner";
    private const string ListSql = "SELECT id, fingerprint, dimension, state FROM uvlm.index_generation ORDER BY id";
    private const string LiveSql = "SELECT id, fingerprint, dimension, state FROM uvlm.index_generation WHERE state = 'live'";

    private const string AddSql = """
        INSERT INTO uvlm.index_generation (fingerprint, dimension, state, hnsw_m, ef_construction, switched_at)
        VALUES (@fingerprint, @dimension, @state, @m, @ef, CASE WHEN @state = 'live' THEN now() END) RETURNING id
        """;

    // Every write transaction holds its generation's row shared, and with it the table: once we have it nobody can be adding vectors but a filler. Of the table and not of
    // the rows: for it who comes later queues behind us, while rows that somebody holds shared may be taken shared by others for ever. Searches only read it.
    private const string LockWritersSql = "LOCK TABLE uvlm.index_generation IN EXCLUSIVE MODE";
    private const string LockTimeoutSql = "SELECT set_config('lock_timeout', @lock_timeout, true)";
    private const string IdleSql = "SELECT set_config('idle_in_transaction_session_timeout', @idle, true)";
    private const string AsIngestSql = "SET LOCAL ROLE uvlm_ingest";
    private const string IsEmptySql = "SELECT NOT EXISTS (SELECT FROM uvlm.packed_{g})";
    private const string RemoveSql = "DELETE FROM uvlm.index_generation WHERE id = @id";

    /// <summary>How long a change goes on trying to get past those who read or write at the moment.</summary>
    private static readonly TimeSpan RetryWindow = TimeSpan.FromSeconds(30);

    private readonly DataSources _sources;
    private readonly StoreOptions _options;
    private readonly RetryPolicy _retry;
    private readonly ILogger _logger;

    internal IndexGenerations(DataSources sources, StoreOptions options, ILogger<IndexGenerations> logger)
    {
        _sources = sources;
        _options = options;
        _retry = new RetryPolicy(sources, RetryWindow, logger);
        _logger = logger;
    }

    /// <summary>All generations, oldest first.</summary>
    public async Task<IReadOnlyList<IndexGeneration>> ListAsync(CancellationToken cancellationToken = default)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        return await ReadAsync(connection, ListSql, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The generation of a model: the live one, or one that was live before, which nodes of that model serve until they are replaced. The first one is made; one of
    /// another model is replaced while it is empty and alone.
    /// </summary>
    /// <exception cref="IndexMismatchException">There is none of this model, or it is still being filled.</exception>
    public Task<IndexGeneration> EnsureAsync(string fingerprint, int dimension, CancellationToken cancellationToken = default)
    {
        Check(fingerprint, dimension);
        // What was made and not heard of is found by the next attempt.
        return _retry.RunAsync("Making an index", token => EnsureOnceAsync(fingerprint, dimension, token), cancellationToken);
    }

    private async Task<IndexGeneration> EnsureOnceAsync(string fingerprint, int dimension, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Login.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (var limits = new NpgsqlBatch(connection))
            await LimitIdlenessAsync(limits, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, EnterOwnerSql, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, LockSql, cancellationToken).ConfigureAwait(false);
        var all = await ReadAsync(connection, ListSql, cancellationToken).ConfigureAwait(false);
        var live = all.Find(static g => g.State == GenerationState.Live);
        if (all.Find(g => g.Fingerprint == fingerprint && g.Dimension == dimension) is { } own)
        {
            if (own.State == GenerationState.Filling && live is not null)
                throw IndexMismatchException.StillFilling(own, live);
            if (live is not null && own.State == GenerationState.Retired)
                LogRetired(own.Id, live.Id, live.Fingerprint);
            return own;
        }
        if (all is [{ State: GenerationState.Live } only])
            await RemoveEmptyAsync(connection, only, fingerprint, dimension, cancellationToken).ConfigureAwait(false);
        else if (live is not null)
            throw new IndexMismatchException(live, fingerprint, dimension);
        var made = await AddAsync(connection, fingerprint, dimension, GenerationState.Live, cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        LogMade(made.Id, fingerprint, dimension);
        return made;
    }

    /// <summary>Whether the part vectors are searched by a finished HNSW index.</summary>
    internal async Task<bool> HavePartsHnswAsync(int generation, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var command = new NpgsqlCommand(GenerationTables.For("SELECT " + VectorIndexCatalog.PartsHaveHnsw, generation), connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>For who finds that the generation in hand is not the live one any more: the error to throw, with the one that is.</summary>
    internal static async Task<IndexMismatchException> ExplainMismatchAsync(DataSources sources, IndexGeneration inHand, CancellationToken cancellationToken)
    {
        await using var connection = await sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var live = (await ReadAsync(connection, LiveSql, cancellationToken).ConfigureAwait(false)).SingleOrDefault();
        return new IndexMismatchException(live ?? inHand with { State = GenerationState.Retired }, inHand.Fingerprint, inHand.Dimension);
    }

    private static void Check(string fingerprint, int dimension)
    {
        ArgumentException.ThrowIfNullOrEmpty(fingerprint);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        // pgvector's limit for an HNSW index over halfvec.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dimension, 4000);
    }

    private async Task<IndexGeneration> AddAsync(
        NpgsqlConnection connection, string fingerprint, int dimension, GenerationState state, CancellationToken cancellationToken)
    {
        await using var add = new NpgsqlCommand(AddSql, connection);
        add.Parameters.AddWithValue("fingerprint", fingerprint);
        add.Parameters.AddWithValue("dimension", dimension);
        add.Parameters.AddWithValue("state", state.ToString().ToLowerInvariant());
        add.Parameters.AddWithValue("m", _options.Hnsw.M);
        add.Parameters.AddWithValue("ef", _options.Hnsw.EfConstruction);
        var id = (int)(await add.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        await ExecuteAsync(connection, GenerationTables.Create(id, dimension), cancellationToken).ConfigureAwait(false);
        return new IndexGeneration(id, fingerprint, dimension, state);
    }

    private static async Task RemoveEmptyAsync(
        NpgsqlConnection connection, IndexGeneration live, string fingerprint, int dimension, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, LockWritersSql, cancellationToken).ConfigureAwait(false);
        // The owner sees no rows of its own tables (FORCE ROW LEVEL SECURITY): the writer's role has to look.
        await ExecuteAsync(connection, AsIngestSql, cancellationToken).ConfigureAwait(false);
        await using (var isEmpty = new NpgsqlCommand(GenerationTables.For(IsEmptySql, live.Id), connection))
        {
            if (await isEmpty.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not true)
                throw new IndexMismatchException(live, fingerprint, dimension);
        }
        await ExecuteAsync(connection, EnterOwnerSql, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, GenerationTables.Drop(live.Id), cancellationToken).ConfigureAwait(false);
        await ExecuteForAsync(connection, RemoveSql, live.Id, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<List<IndexGeneration>> ReadAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var found = new List<IndexGeneration>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            found.Add(new IndexGeneration(
                reader.GetInt32(0), reader.GetString(1), reader.GetInt32(2), Enum.Parse<GenerationState>(reader.GetString(3), ignoreCase: true)));
        }
        return found;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task ExecuteForAsync(NpgsqlConnection connection, string sql, int generation, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddWithValue("id", generation);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    [LoggerMessage(3300, LogLevel.Information, "Made index generation {Id} for model {Fingerprint}, {Dimension} dimensions")]
    private partial void LogMade(int id, string fingerprint, int dimension);

    [LoggerMessage(3301, LogLevel.Warning, "Index generation {Id}, which is this model's, is not the live one any more: generation {Live} of model {Fingerprint} is. This program goes on with its own")]
    private partial void LogRetired(int id, int live, string fingerprint);

    [LoggerMessage(3302, LogLevel.Information, "Index generation {To} is live now, generation {From} is kept")]
    private partial void LogSwitched(int from, int to);

    [LoggerMessage(3303, LogLevel.Information, "Dropped index generation {Id}")]
    private partial void LogDropped(int id);
}
