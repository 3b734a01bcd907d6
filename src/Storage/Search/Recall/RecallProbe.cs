using System.Diagnostics;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Storage.Search.Recall;

/// <summary>Compares what the HNSW index of the live generation finds of a tenant's vectors with what there is to find.</summary>
public sealed class RecallProbe
{
    private const string Where = "v.tenant = @tenant AND (@collection IS NULL OR v.collection = @collection) AND (@excluded IS NULL OR v.id <> @excluded)";

    // Hashed, so that the same store gives the same sample.
    private const string SampleSql = """
        SELECT v.id, v.embedding FROM uvlm.{table} v
        WHERE v.tenant = @tenant AND (@collection IS NULL OR v.collection = @collection)
        ORDER BY hashtextextended(v.ctid::text || v.id, 4711) LIMIT @count
        """;

    // The sum keeps every index out, whatever the planner thinks of it.
    private const string ExactSql = $$"""
        SELECT (v.embedding <#> @query) + 0.0 FROM uvlm.{table} v WHERE {{Where}} ORDER BY (v.embedding <#> @query) + 0.0 LIMIT @limit
        """;

    private const string IndexSql = $$"""
        SELECT v.embedding <#> @query FROM uvlm.{table} v WHERE {{Where}} ORDER BY v.embedding <#> @query LIMIT @limit
        """;

    // What is measured is the index, also where the planner would rather sort a small tenant's rows.
    private const string NoSortSql = "SELECT set_config('enable_sort', 'off', true)";

    private const string HasIndexSql = $"SELECT {VectorIndexCatalog.PartsHaveHnsw}, {VectorIndexCatalog.DocumentsHaveHnsw}";

    private readonly DataSources _sources;
    private readonly string _tenant;
    private readonly string? _collection;

    internal RecallProbe(DataSources sources, IndexGeneration generation, string tenant, string? collection)
    {
        _sources = sources;
        _tenant = tenant;
        _collection = collection;
        Generation = generation;
    }

    public IndexGeneration Generation { get; }

    /// <summary>Whether there is an index to be measured.</summary>
    public async Task<bool> HasIndexAsync(RecallTable table, CancellationToken cancellationToken)
    {
        await using var command = _sources.Login.CreateCommand(GenerationTables.For(HasIndexSql, Generation.Id));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return reader.GetBoolean((int)table);
    }

    /// <summary>Stored vectors as questions, the same ones every time.</summary>
    /// <returns>At most <paramref name="count"/>; fewer where there are no more.</returns>
    public async Task<IReadOnlyList<RecallQuestion>> SampleAsync(RecallTable table, int count, CancellationToken cancellationToken)
    {
        await using var transaction = await TenantTransaction.OpenAsync(_sources.App, _tenant, cancellationToken).ConfigureAwait(false);
        await using var batch = transaction.Batch();
        batch.Add(Of(SampleSql, table)).With("tenant", _tenant).With("collection", _collection).With("count", count);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var sample = new List<RecallQuestion>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var vector = await reader.GetFieldValueAsync<HalfVector>(1, cancellationToken).ConfigureAwait(false);
            sample.Add(new RecallQuestion(vector.Widen(), reader.GetString(0)));
        }
        return sample;
    }

    /// <param name="k">The nearest that count.</param>
    /// <param name="limit">How many are asked for, as a search asks for more than it shows; at least <paramref name="k"/>.</param>
    /// <param name="efSearch">The settings of the index that are measured.</param>
    /// <param name="progress">Questions done and in all, over all settings.</param>
    /// <returns>Looking at every vector first, then a row a setting.</returns>
    public async Task<IReadOnlyList<RecallMeasure>> MeasureAsync(
        RecallTable table, IReadOnlyList<RecallQuestion> questions, int k, int limit, IReadOnlyList<int> efSearch, Action<int, int>? progress, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(questions.Count, nameof(questions));
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, k);
        var done = 0;
        var truth = new List<double[]>();
        var measures = new List<RecallMeasure>();
        foreach (var ef in efSearch.Select(static ef => (int?)ef).Prepend(null))
        {
            var (times, recall) = (new List<TimeSpan>(), 0.0);
            for (var q = 0; q < questions.Count; q++)
            {
                // Once for the caches, once for the clock.
                if (q == 0)
                    await AskAsync(table, questions[q], ef, ef is null ? k : limit, cancellationToken).ConfigureAwait(false);
                var began = Stopwatch.GetTimestamp();
                var found = await AskAsync(table, questions[q], ef, ef is null ? k : limit, cancellationToken).ConfigureAwait(false);
                times.Add(Stopwatch.GetElapsedTime(began));
                if (ef is null)
                    truth.Add(found);
                recall += Recall(truth[q], found);
                progress?.Invoke(++done, questions.Count * (efSearch.Count + 1));
            }
            times.Sort();
            measures.Add(new RecallMeasure(ef, recall / questions.Count, times[times.Count / 2], times[times.Count * 95 / 100]));
        }
        return measures;
    }

    /// <summary>The share of the nearest that were found. Found ones beyond the first so many that are as near as the last of the nearest stand for it.</summary>
    internal static double Recall(double[] nearest, double[] found)
        => nearest.Length == 0 ? 1 : (double)Math.Min(nearest.Length, found.Count(distance => distance <= nearest[^1])) / nearest.Length;

    /// <returns>Distances, of an index in the order in which it gave them.</returns>
    private async Task<double[]> AskAsync(RecallTable table, RecallQuestion question, int? efSearch, int limit, CancellationToken cancellationToken)
    {
        await using var transaction = await TenantTransaction.OpenAsync(_sources.App, _tenant, cancellationToken).ConfigureAwait(false);
        await using var batch = transaction.Batch(efSearch);
        if (efSearch is not null)
            batch.Add(NoSortSql);
        batch.Add(Of(efSearch is null ? ExactSql : IndexSql, table))
            .With("tenant", _tenant).With("collection", _collection).With("excluded", question.Excluded).With("query", HalfVector.From(question.Vector.Span)).With("limit", limit);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        for (var settings = efSearch is null ? 1 : 2; settings > 0; settings--)
            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var distances = new List<double>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            distances.Add(reader.GetDouble(0));
        return [.. distances];
    }

    private string Of(string sql, RecallTable table) => GenerationTables.For(
        GenerationTables.Of(sql, table == RecallTable.Parts ? GenerationTables.PartVectors : GenerationTables.DocumentVectors), Generation.Id);
}
