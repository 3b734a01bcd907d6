using System.Globalization;
using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Search.Filters;

namespace UnifiedVlm.Storage.Search;

/// <summary>The statements that look for near vectors, and for the same pictures, within a <see cref="SearchScope"/>. Vectors have unit length: the inner product is the cosine.</summary>
internal static class NearestStatements
{
    private const string Where = """
        v.tenant = @tenant AND (@collection IS NULL OR v.collection = @collection) AND (@excluded IS NULL OR v.id <> @excluded){filter}
        """;

    private const string IdsSql = " AND v.id = ANY (@ids)";

    // A scalar: the planner could turn a join into a plan that looks at all vectors and sorts them.
    private const string OnTheWaySql = $"""
         AND (SELECT {CompiledFilter.PassesSql} FROM uvlm.document d WHERE d.tenant = v.tenant AND d.id = v.id AND NOT d.deleted)
        """;

    private const string BeforeSql = $"""
         AND v.id IN (SELECT d.id FROM uvlm.document d WHERE d.tenant = @tenant AND NOT d.deleted AND {CompiledFilter.PassesSql})
        """;

    // Relaxed order means that rows come nearly sorted, so the distance is sorted by again.
    private const string PartsByIndexSql = $$"""
        WITH nearest AS MATERIALIZED (
            SELECT v.id, v.embedding <#> @query AS distance
            FROM uvlm.part_vector_{g} v
            WHERE {{Where}}
            ORDER BY v.embedding <#> @query
            LIMIT @limit)
        SELECT id, min(distance) FROM nearest GROUP BY id
        """;

    // One look at each row, whatever the number of query parts; and no document is lost to another one with many near parts.
    private const string PartsExactlySql = $$"""
        SELECT v.id, min(least({distances})) AS distance
        FROM uvlm.part_vector_{g} v
        WHERE {{Where}}
        GROUP BY v.id
        ORDER BY distance, v.id
        LIMIT @limit
        """;

    private const string DocumentsSql = $$"""
        WITH nearest AS MATERIALIZED (
            SELECT v.id, v.embedding <#> @query AS distance
            FROM uvlm.document_vector_{g} v
            WHERE {{Where}}
            ORDER BY v.embedding <#> @query
            LIMIT @limit)
        SELECT id FROM nearest ORDER BY distance, id
        """;

    // No index knows the order of a common table expression.
    private const string DocumentsExactlySql = $$"""
        WITH every AS MATERIALIZED (
            SELECT v.id, v.embedding <#> @query AS distance
            FROM uvlm.document_vector_{g} v
            WHERE {{Where}})
        SELECT id FROM every ORDER BY distance, id LIMIT @limit
        """;

    // A picture counts the less the more documents have it, and one that many have (a logo) says nothing and must not cost a look at each of them.
    private const string PicturesSql = $$"""
        SELECT v.id, sum(1.0 / h.holders)::float8 AS weight
        FROM unnest(@pictures) AS k (sha256)
        CROSS JOIN LATERAL (
            SELECT r.id, count(*) OVER () AS holders
            FROM (SELECT b.id FROM uvlm.document_blob b WHERE b.tenant = @tenant AND b.sha256 = k.sha256 LIMIT @most + 1) r) h
        JOIN uvlm.document v ON v.id = h.id
        WHERE {{Where}} AND NOT v.deleted AND h.holders <= @most
        GROUP BY v.id
        ORDER BY weight DESC, v.id
        LIMIT @limit
        """;

    /// <summary>Of a picture that no more documents hold.</summary>
    private const int MostHolders = 50;

    /// <summary>The parts nearest to one query part, for a table with an HNSW index; gives id and distance, a document once.</summary>
    /// <param name="limit">Of parts, of which several may belong to one document.</param>
    public static void AddPartsByIndex(this NpgsqlBatch batch, int generation, SearchScope scope, HalfVector query, int limit)
        => batch.Add(PartsByIndexSql, generation, scope).With("query", query).With("limit", limit);

    /// <summary>The documents with the parts nearest to any of the query parts, by looking at every part; gives id and distance, best first.</summary>
    /// <param name="limit">Of documents.</param>
    public static void AddPartsExactly(this NpgsqlBatch batch, int generation, SearchScope scope, IReadOnlyList<HalfVector> queries, int limit)
    {
        var distances = string.Join(", ", queries.Select(static (_, i) => string.Create(CultureInfo.InvariantCulture, $"v.embedding <#> @query{i}")));
        var command = batch.Add(PartsExactlySql.Replace("{distances}", distances, StringComparison.Ordinal), generation, scope).With("limit", limit);
        for (var i = 0; i < queries.Count; i++)
            command.With(string.Create(CultureInfo.InvariantCulture, $"query{i}"), queries[i]);
    }

    /// <summary>The documents whose own vector is nearest, best first; gives the id. Exactly where a filter says which, or is tried before; otherwise as the planner sees fit.</summary>
    public static void AddDocuments(this NpgsqlBatch batch, int generation, SearchScope scope, HalfVector query, int limit)
        => batch.Add(scope.Filter is null || scope.OnTheWay ? DocumentsSql : DocumentsExactlySql, generation, scope).With("query", query).With("limit", limit);

    /// <summary>The documents that hold any of the pictures, those with the most and the rarest first; gives the id and the sum of 1 / holders over the pictures.</summary>
    /// <param name="pictures">SHA-256 of each.</param>
    public static void AddPictures(this NpgsqlBatch batch, int generation, SearchScope scope, byte[][] pictures, int limit)
        => batch.Add(PicturesSql, generation, scope).With("pictures", pictures).With("most", MostHolders).With("limit", limit);

    private static NpgsqlBatchCommand Add(this NpgsqlBatch batch, string template, int generation, SearchScope scope)
    {
        var filter = scope.Filter is null ? "" : scope.Ids is not null ? IdsSql : scope.OnTheWay ? OnTheWaySql : BeforeSql;
        var command = batch.Add(GenerationTables.For(template, generation).Replace("{filter}", filter, StringComparison.Ordinal))
            .With("tenant", scope.Tenant).With("collection", scope.Collection).With("excluded", scope.Excluded);
        if (scope.Ids is not null)
            command.With("ids", scope.Ids);
        else if (scope.Filter is not null)
            CompiledFilter.AddTo(command, scope.Filter);
        return command;
    }
}
