using System.Globalization;
using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Storage.Search;

/// <summary>
/// The statements that look for near vectors, each of one tenant and, where it is given, one collection. Vectors have unit length: the inner product is
/// the cosine.
/// </summary>
internal static class NearestStatements
{
    // Relaxed order means that rows come nearly sorted, so the distance is sorted by again.
    private const string PartsByIndexSql = """
        WITH nearest AS MATERIALIZED (
            SELECT v.id, v.embedding <#> @query AS distance
            FROM uvlm.part_vector_{g} v
            WHERE v.tenant = @tenant AND (@collection IS NULL OR v.collection = @collection)
            ORDER BY v.embedding <#> @query
            LIMIT @limit)
        SELECT id, min(distance) FROM nearest GROUP BY id
        """;

    // One look at each row, whatever the number of query parts; and no document is lost to another one with many near parts.
    private const string PartsExactlySql = """
        SELECT v.id, min(least({distances})) AS distance
        FROM uvlm.part_vector_{g} v
        WHERE v.tenant = @tenant AND (@collection IS NULL OR v.collection = @collection)
        GROUP BY v.id
        ORDER BY distance, v.id
        LIMIT @limit
        """;

    private const string DocumentsSql = """
        WITH nearest AS MATERIALIZED (
            SELECT v.id, v.embedding <#> @query AS distance
            FROM uvlm.document_vector_{g} v
            WHERE v.tenant = @tenant AND (@collection IS NULL OR v.collection = @collection)
            ORDER BY v.embedding <#> @query
            LIMIT @limit)
        SELECT id FROM nearest ORDER BY distance, id
        """;

    /// <summary>The parts nearest to one query part, for a table with an HNSW index; gives id and distance, a document once.</summary>
    /// <param name="limit">Of parts, of which several may belong to one document.</param>
    public static void AddPartsByIndex(this NpgsqlBatch batch, int generation, string tenant, string? collection, HalfVector query, int limit) => batch
        .Add(GenerationTables.For(PartsByIndexSql, generation))
        .With("tenant", tenant).With("collection", collection).With("query", query).With("limit", limit);

    /// <summary>The documents with the parts nearest to any of the query parts, by looking at every part; gives id and distance, best first.</summary>
    /// <param name="limit">Of documents.</param>
    public static void AddPartsExactly(
        this NpgsqlBatch batch, int generation, string tenant, string? collection, IReadOnlyList<HalfVector> queries, int limit)
    {
        var distances = string.Join(", ", queries.Select(static (_, i) => string.Create(CultureInfo.InvariantCulture, $"v.embedding <#> @query{i}")));
        var command = batch
            .Add(GenerationTables.For(PartsExactlySql, generation).Replace("{distances}", distances, StringComparison.Ordinal))
            .With("tenant", tenant).With("collection", collection).With("limit", limit);
        for (var i = 0; i < queries.Count; i++)
            command.With(string.Create(CultureInfo.InvariantCulture, $"query{i}"), queries[i]);
    }

    /// <summary>The documents whose own vector is nearest, best first, whether the table has an index or not; gives the id.</summary>
    public static void AddDocuments(this NpgsqlBatch batch, int generation, string tenant, string? collection, HalfVector query, int limit) => batch
        .Add(GenerationTables.For(DocumentsSql, generation))
        .With("tenant", tenant).With("collection", collection).With("query", query).With("limit", limit);
}
