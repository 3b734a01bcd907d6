using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Care.Verification;

/// <summary>Reads what is stored of documents, key by key over all tables, so that a row without a document is met as well as a document without a row.</summary>
internal static class DocumentTables
{
    private const int PageKeys = 256;

    /// <summary>Of packed vectors and bodies; one document alone may have more.</summary>
    private const long PageBytes = 16 << 20;

    private const string KeysSql = """
        WITH keys AS (
            (SELECT tenant, id FROM uvlm.document WHERE (tenant, id) > (@tenant, @id) ORDER BY tenant, id LIMIT @max)
            UNION (SELECT tenant, id FROM uvlm.packed_{g} WHERE (tenant, id) > (@tenant, @id) ORDER BY tenant, id LIMIT @max)
            UNION (SELECT tenant, id FROM uvlm.document_vector_{g} WHERE (tenant, id) > (@tenant, @id) ORDER BY tenant, id LIMIT @max)
            UNION (SELECT DISTINCT tenant, id FROM uvlm.part_vector_{g} WHERE (tenant, id) > (@tenant, @id) ORDER BY tenant, id LIMIT @max)
            UNION (SELECT DISTINCT tenant, id FROM uvlm.document_blob WHERE (tenant, id) > (@tenant, @id) ORDER BY tenant, id LIMIT @max))
        SELECT k.tenant, k.id,
            coalesce((SELECT octet_length(p.vectors) FROM uvlm.packed_{g} p WHERE p.tenant = k.tenant AND p.id = k.id), 0)
                + coalesce((SELECT pg_column_size(d.body) FROM uvlm.document d WHERE d.tenant = k.tenant AND d.id = k.id), 0)
        FROM keys k ORDER BY k.tenant, k.id LIMIT @max
        """;

    // Rules of logs that follow each other are as good as one.
    private const string DocumentsSql = """
        SELECT d.tenant, d.id, d.deleted, d.content_hash, d.part_count,
            num_nonnulls(d.collection, d.title, d.language, d.text_config, d.time, d.metadata, d.body, d.tsv) > 0 OR length(d.content_hash) > 0 OR d.part_count <> 0,
            d.version_rule, d.collection,
            CASE WHEN EXISTS (SELECT FROM uvlm.log_succession s WHERE (s.rule, s.follows) IN ((d.version_rule, c.version_rule), (c.version_rule, d.version_rule)))
                THEN d.version_rule ELSE c.version_rule END,
            t.tenant IS NOT NULL, d.source_log, d.source_topic, d.source_partition, d.source_offset, d.body::text
        FROM unnest(@tenants, @ids) AS k (tenant, id)
        JOIN uvlm.document d ON d.tenant = k.tenant AND d.id = k.id
        LEFT JOIN uvlm.collection c ON c.tenant = d.tenant AND c.name = d.collection
        LEFT JOIN uvlm.tenant_text_config t ON t.tenant = d.tenant AND t.text_config = d.text_config
        """;

    private const string PackedSql = """
        SELECT p.tenant, p.id, p.content_hash, p.vectors
        FROM unnest(@tenants, @ids) AS k (tenant, id) JOIN uvlm.packed_{g} p ON p.tenant = k.tenant AND p.id = k.id
        """;

    private const string PartsSql = """
        SELECT v.tenant, v.id, v.part, v.collection, v.embedding
        FROM unnest(@tenants, @ids) AS k (tenant, id) JOIN uvlm.part_vector_{g} v ON v.tenant = k.tenant AND v.id = k.id
        ORDER BY v.tenant, v.id, v.part
        """;

    private const string DocumentVectorsSql = """
        SELECT v.tenant, v.id, v.collection, v.embedding
        FROM unnest(@tenants, @ids) AS k (tenant, id) JOIN uvlm.document_vector_{g} v ON v.tenant = k.tenant AND v.id = k.id
        """;

    private const string LinksSql = """
        SELECT r.tenant, r.id, encode(r.sha256, 'hex'), b.sha256 IS NOT NULL
        FROM unnest(@tenants, @ids) AS k (tenant, id)
        JOIN uvlm.document_blob r ON r.tenant = k.tenant AND r.id = k.id
        LEFT JOIN uvlm.blob b ON b.tenant = r.tenant AND b.sha256 = r.sha256
        """;

    private const string PendingSql = """
        SELECT q.tenant, q.id
        FROM unnest(@tenants, @ids) AS k (tenant, id) JOIN uvlm.generation_pending q ON q.generation = {g} AND q.tenant = k.tenant AND q.id = k.id
        """;

    /// <summary>The next keys in order, as many as can be held.</summary>
    public static async Task<List<DocumentKey>> NextAsync(NpgsqlConnection connection, int generation, DocumentKey after, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(GenerationTables.For(KeysSql, generation)).With("tenant", after.Tenant).With("id", after.Id).With("max", PageKeys);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var keys = new List<DocumentKey>();
        for (var bytes = 0L; await reader.ReadAsync(cancellationToken).ConfigureAwait(false);)
        {
            bytes += reader.GetInt32(2);
            if (bytes > PageBytes && keys.Count > 0)
                break;
            keys.Add(new DocumentKey(reader.GetString(0), reader.GetString(1)));
        }
        return keys;
    }

    /// <returns>One state a key, in order.</returns>
    public static async Task<IReadOnlyList<DocumentState>> ReadAsync(
        NpgsqlConnection connection, int generation, IReadOnlyList<DocumentKey> keys, CancellationToken cancellationToken)
    {
        var states = keys.ToDictionary(static k => k, static k => new DocumentState(k));
        await using var batch = new NpgsqlBatch(connection);
        foreach (var sql in (string[])[DocumentsSql, PackedSql, PartsSql, DocumentVectorsSql, PendingSql, LinksSql])
            batch.Add(GenerationTables.For(sql, generation)).With("tenants", keys.Select(k => k.Tenant)).With("ids", keys.Select(k => k.Id));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        // The packed row comes before the vectors that are compared with it.
        await ReadRowsAsync(reader, states, TakeDocument, cancellationToken).ConfigureAwait(false);
        await ReadRowsAsync(reader, states, static (s, r) => s.TakePacked(r.GetFieldValue<byte[]>(2), r.GetFieldValue<byte[]>(3)), cancellationToken).ConfigureAwait(false);
        await ReadRowsAsync(reader, states, static (s, r) => s.TakePart(r.GetInt32(2), r.GetString(3), r.GetFieldValue<HalfVector>(4)), cancellationToken).ConfigureAwait(false);
        await ReadRowsAsync(reader, states, static (s, r) => s.TakeDocumentVector(r.GetString(2), r.GetFieldValue<HalfVector>(3)), cancellationToken).ConfigureAwait(false);
        await ReadRowsAsync(reader, states, static (s, _) => s.IsPending = true, cancellationToken).ConfigureAwait(false);
        await ReadRowsAsync(reader, states, static (s, r) => s.Links[r.GetString(2)] = r.GetBoolean(3), cancellationToken).ConfigureAwait(false);
        return [.. keys.Select(k => states[k])];
    }

    private static async Task ReadRowsAsync(
        NpgsqlDataReader reader, Dictionary<DocumentKey, DocumentState> states, Action<DocumentState, NpgsqlDataReader> take, CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            take(states[new DocumentKey(reader.GetString(0), reader.GetString(1))], reader);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
    }

    private static void TakeDocument(DocumentState state, NpgsqlDataReader row)
    {
        state.Document = new DocumentFacts(
            row.GetBoolean(2), row.GetFieldValue<byte[]>(3), row.GetInt32(4), row.GetBoolean(5), row.GetString(6), row.IsDBNull(7) ? null : row.GetString(7),
            row.IsDBNull(8) ? null : row.GetString(8), row.GetBoolean(9), new LogPartition("", row.GetString(10), row.GetString(11), row.GetInt32(12)), row.GetInt64(13));
        state.Body = row.IsDBNull(14) ? null : BodyPart.ReadAll(row.GetString(14));
    }
}
