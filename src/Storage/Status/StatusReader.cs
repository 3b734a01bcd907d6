using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Status;

/// <summary>Counts for the operator, over all tenants. Counting reads the documents' index: keep the result for some seconds.</summary>
public sealed partial class StatusReader
{
    private const string CollectionsSql = """
        SELECT tenant, collection, count(*), sum(part_count) FROM uvlm.document WHERE NOT deleted GROUP BY tenant, collection ORDER BY tenant, collection
        """;

    private const string TombstonesSql = "SELECT count(*) FROM uvlm.document WHERE deleted";
    private const string DeadLettersSql = "SELECT count(*) FROM uvlm.dead_letter";

    private const string ReplaysSql = "SELECT count(*) FROM uvlm.replay";

    private const string OffsetsSql = """
        SELECT group_id, log_id, topic, partition, next_offset, owner, epoch, updated_at FROM uvlm.ingest_offset ORDER BY group_id, topic, partition
        """;

    private const string LagSql = """
        SELECT g.id, g.fingerprint, g.dimension, g.state, count(q.id) - count(q.problem), count(q.problem)
        FROM uvlm.index_generation g LEFT JOIN uvlm.generation_pending q ON q.generation = g.id
        GROUP BY g.id ORDER BY g.id
        """;

    private const string SizeSql = "SELECT pg_database_size(current_database())";

    private const string AskSql = "SELECT 1";

    /// <summary>Who asks whether the database answers does not wait as long as other statements may take.</summary>
    private const int AskSeconds = 5;

    private readonly DataSources _sources;

    internal StatusReader(DataSources sources) => _sources = sources;

    public async Task<StoreStatus> ReadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var sql in (string[])[CollectionsSql, TombstonesSql, DeadLettersSql, ReplaysSql, OffsetsSql, LagSql, SizeSql])
            batch.Add(sql);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var collections = new List<CollectionCount>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            collections.Add(new CollectionCount(reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3)));
        var tombstones = await NextNumberAsync(reader, cancellationToken).ConfigureAwait(false);
        var deadLetters = await NextNumberAsync(reader, cancellationToken).ConfigureAwait(false);
        var replays = await NextNumberAsync(reader, cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var offsets = new List<OffsetStatus>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            offsets.Add(ReadOffset(reader));
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var lags = new List<GenerationLag>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var generation = new IndexGeneration(
                reader.GetInt32(0), reader.GetString(1), reader.GetInt32(2), Enum.Parse<GenerationState>(reader.GetString(3), ignoreCase: true));
            lags.Add(new GenerationLag(generation, reader.GetInt64(4), reader.GetInt64(5)));
        }
        var live = lags.Find(static l => l.Generation.State == GenerationState.Live)?.Generation;
        var bytes = await NextNumberAsync(reader, cancellationToken).ConfigureAwait(false);
        await reader.DisposeAsync().ConfigureAwait(false);
        var index = live is null ? null : await ReadIndexAsync(connection, live.Id, cancellationToken).ConfigureAwait(false);
        return new StoreStatus(collections, tombstones, deadLetters, replays, offsets, live, bytes, index) { Generations = lags };
    }

    /// <summary>
    /// Whether the database answers: returns where it does. As the login role, whose connections nobody writes or searches over: neither takes the question one from them nor
    /// waits for one of theirs.
    /// </summary>
    public async Task AskAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Login.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var command = new NpgsqlCommand(AskSql, connection) { CommandTimeout = AskSeconds };
        await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<VectorIndexStatus?> ReadIndexAsync(NpgsqlConnection connection, int generation, CancellationToken cancellationToken)
    {
        var tables = await VectorIndexCatalog.ReadAsync(connection, generation, cancellationToken).ConfigureAwait(false);
        if (tables is not [var parts, var documents])
            return null; // the generation has been replaced since
        await using var isBuilding = new NpgsqlCommand(GenerationTables.For("SELECT " + VectorIndexCatalog.IsBuilding, generation), connection);
        var building = (bool)(await isBuilding.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        var progress = building ? await ReadProgressAsync(generation, cancellationToken).ConfigureAwait(false) : null;
        return new VectorIndexStatus(StateOf(parts, building), StateOf(documents, building), progress, parts.Hnsw);
    }

    /// <summary>As the login role: that is whose session builds.</summary>
    private async Task<double?> ReadProgressAsync(int generation, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Login.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var command = new NpgsqlCommand(GenerationTables.For(VectorIndexCatalog.ProgressSql, generation), connection);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as double?;
    }

    /// <summary>An unfinished index that nobody builds is the remains of a build, and about to be dropped.</summary>
    private static VectorIndexState StateOf(VectorTable table, bool building)
        => table.HasIndex ? VectorIndexState.Hnsw : table.HasRemains && building ? VectorIndexState.Building : VectorIndexState.Exact;

    private static OffsetStatus ReadOffset(NpgsqlDataReader reader) => new(
        new LogPartition(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3)),
        reader.IsDBNull(4) ? null : reader.GetInt64(4), reader.GetString(5), reader.GetInt64(6), new DateTimeOffset(reader.GetDateTime(7), TimeSpan.Zero));

    private static async Task<long> NextNumberAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return reader.GetInt64(0);
    }
}
