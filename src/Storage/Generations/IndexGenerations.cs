using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Generations;

/// <summary>Which index generations there are, and the making of the first one.</summary>
public sealed partial class IndexGenerations
{
    // Writers only ever read this table, so the lock holds up nobody but another maker of generations.
    private const string LockSql = "LOCK TABLE uvlm.index_generation IN SHARE ROW EXCLUSIVE MODE";
    private const string EnterOwnerSql = "SET LOCAL ROLE uvlm_owner";
    private const string ListSql = "SELECT id, fingerprint, dimension, state FROM uvlm.index_generation ORDER BY id";
    private const string LiveSql = "SELECT id, fingerprint, dimension, state FROM uvlm.index_generation WHERE state = 'live'";

    private const string AddSql = """
        INSERT INTO uvlm.index_generation (fingerprint, dimension, state, hnsw_m, ef_construction, switched_at)
        VALUES (@fingerprint, @dimension, 'live', @m, @ef, now()) RETURNING id
        """;

    // Every write transaction holds this row shared, so once we have it nobody can be adding vectors.
    private const string LockLiveSql = "SELECT FROM uvlm.index_generation WHERE id = @id FOR UPDATE";
    private const string AsIngestSql = "SET LOCAL ROLE uvlm_ingest";
    private const string IsEmptySql = "SELECT NOT EXISTS (SELECT FROM uvlm.packed_{g})";
    private const string RemoveSql = "DELETE FROM uvlm.index_generation WHERE id = @id";

    private readonly DataSources _sources;
    private readonly HnswOptions _hnsw;
    private readonly ILogger _logger;

    internal IndexGenerations(DataSources sources, HnswOptions hnsw, ILogger<IndexGenerations> logger)
    {
        _sources = sources;
        _hnsw = hnsw;
        _logger = logger;
    }

    /// <summary>All generations, oldest first.</summary>
    public async Task<IReadOnlyList<IndexGeneration>> ListAsync(CancellationToken cancellationToken = default)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        return await ReadAsync(connection, ListSql, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The live generation, made on the first call. One of another model is replaced while it is empty.</summary>
    /// <exception cref="IndexMismatchException">The live one holds another model's vectors.</exception>
    public async Task<IndexGeneration> EnsureLiveAsync(string fingerprint, int dimension, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(fingerprint);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        // pgvector's limit for an HNSW index over halfvec.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dimension, 4000);
        await using var connection = await _sources.Login.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, EnterOwnerSql, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, LockSql, cancellationToken).ConfigureAwait(false);
        var live = (await ReadAsync(connection, LiveSql, cancellationToken).ConfigureAwait(false)).SingleOrDefault();
        if (live is not null && live.Fingerprint == fingerprint && live.Dimension == dimension)
            return live;
        if (live is not null)
            await RemoveEmptyAsync(connection, live, fingerprint, dimension, cancellationToken).ConfigureAwait(false);
        var made = await AddAsync(connection, fingerprint, dimension, cancellationToken).ConfigureAwait(false);
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

    private async Task<IndexGeneration> AddAsync(NpgsqlConnection connection, string fingerprint, int dimension, CancellationToken cancellationToken)
    {
        await using var add = new NpgsqlCommand(AddSql, connection);
        add.Parameters.AddWithValue("fingerprint", fingerprint);
        add.Parameters.AddWithValue("dimension", dimension);
        add.Parameters.AddWithValue("m", _hnsw.M);
        add.Parameters.AddWithValue("ef", _hnsw.EfConstruction);
        var id = (int)(await add.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        await ExecuteAsync(connection, GenerationTables.Create(id, dimension), cancellationToken).ConfigureAwait(false);
        return new IndexGeneration(id, fingerprint, dimension, GenerationState.Live);
    }

    private static async Task RemoveEmptyAsync(
        NpgsqlConnection connection, IndexGeneration live, string fingerprint, int dimension, CancellationToken cancellationToken)
    {
        await ExecuteForAsync(connection, LockLiveSql, live.Id, cancellationToken).ConfigureAwait(false);
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
}
