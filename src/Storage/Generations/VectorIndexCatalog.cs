using Npgsql;

namespace UnifiedVlm.Storage.Generations;

/// <summary>
/// What PostgreSQL itself says of a generation's HNSW indexes. There is no other record of them, so that an index which a restore has left out, or an
/// operator has dropped, is known to be missing.
/// </summary>
internal static class VectorIndexCatalog
{
    private const string HasHnswOf = """
        EXISTS (SELECT FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid JOIN pg_catalog.pg_am a ON a.oid = c.relam
            WHERE a.amname = 'hnsw' AND x.indisvalid AND x.indrelid = to_regclass(
        """;

    /// <summary>Expressions: whether searches of the table use a finished index.</summary>
    public const string PartsHaveHnsw = HasHnswOf + "'uvlm." + GenerationTables.PartVectors + "'))";
    public const string DocumentsHaveHnsw = HasHnswOf + "'uvlm." + GenerationTables.DocumentVectors + "'))";

    /// <summary>Held by the session that builds the generation's indexes, for as long as its backend is at it.</summary>
    public const string TryLockSql = "SELECT pg_try_advisory_lock(4990181, {g})";
    public const string UnlockSql = "SELECT pg_advisory_unlock(4990181, {g})";

    /// <summary>Expression: whether somebody builds. The lock can be seen by every role, the progress only by the login role that builds.</summary>
    public const string IsBuilding = """
        EXISTS (SELECT FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_database d ON d.oid = l.database
            WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.classid = 4990181 AND l.objid = {g} AND l.granted)
        """;

    /// <summary>How far the build is, 0 to 1 and in PostgreSQL's words: the table is read once, and a second time to find what was inserted meanwhile.</summary>
    public const string ProgressSql = """
        SELECT CASE WHEN p.phase LIKE 'building index%' THEN p.blocks_done / greatest(p.blocks_total, 1)::float8
            WHEN p.phase IN ('initializing', 'waiting for writers before build') THEN 0 ELSE 1 END, p.phase
        FROM pg_stat_progress_create_index p
        WHERE p.datname = current_database() AND p.phase IS NOT NULL
            AND p.relid IN (to_regclass('uvlm.part_vector_{g}'), to_regclass('uvlm.document_vector_{g}'))
        """;

    private const string TablesSql = $"""
        SELECT t.name, t.finished, x.indexrelid IS NOT NULL, pg_table_size(to_regclass('uvlm.' || t.name)) / (2 * g.dimension + 32), g.hnsw_m, g.ef_construction
        FROM uvlm.index_generation g CROSS JOIN (VALUES
            ('{GenerationTables.PartVectors}', {PartsHaveHnsw}),
            ('{GenerationTables.DocumentVectors}', {DocumentsHaveHnsw})) AS t (name, finished)
        LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = to_regclass('uvlm.' || t.name || '_hnsw') AND NOT x.indisvalid
        WHERE g.id = @generation
        ORDER BY t.name DESC
        """;

    /// <summary>Part vectors, then document vectors; none where the generation is gone.</summary>
    public static async Task<List<VectorTable>> ReadAsync(NpgsqlConnection connection, int generation, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(GenerationTables.For(TablesSql, generation), connection);
        command.Parameters.AddWithValue("generation", generation);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var tables = new List<VectorTable>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            tables.Add(new VectorTable(
                reader.GetString(0), reader.GetBoolean(1), reader.GetBoolean(2), reader.GetInt64(3), new HnswOptions(reader.GetInt32(4), reader.GetInt32(5))));
        }
        return tables;
    }
}
