using Npgsql;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Content;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Search.Filters;

namespace UnifiedVlm.Storage.Search;

public sealed partial class SearchStore
{
    /// <summary>hnsw.ef_search has this upper bound in pgvector.</summary>
    private const int LargestEfSearch = 1000;

    /// <summary>Query parts searched for each: a query that is a long document is represented by parts spread over it.</summary>
    private const int MostQueryParts = 8;

    /// <summary>Pictures of a question that are looked for: as many as there are, but for a document that is asked as a question.</summary>
    private const int MostPictures = 64;

    private const string GenerationSql = $$"""
        SELECT {{VectorIndexCatalog.PartsHaveHnsw}}, {{VectorIndexCatalog.DocumentsHaveHnsw}} FROM uvlm.index_generation WHERE id = {g}
        """;

    private const string FilterSql = "SELECT id FROM uvlm.filter_documents(@tenant, @collection, @path, @values, @fields, @contains, @from, @to, @limit)";

    private const string TextSql = """
        SELECT id FROM uvlm.search_words(@tenant, @collection, @text, @single, @written, @path, @values, @fields, @limit)
        ORDER BY all_words DESC, score DESC, id
        """;

    /// <summary>How a filter is best kept to: few documents that pass it are named, many are found by being tried.</summary>
    private async Task<SearchScope> ScopeAsync(TenantTransaction transaction, SearchQuery query, CancellationToken cancellationToken)
    {
        var scope = new SearchScope(query.Tenant) { Collection = query.Collection, Excluded = query.Excluded };
        if (query.Filter is null)
            return scope;
        var filter = FilterCompiler.Compile(query.Filter);
        await using var batch = transaction.Batch();
        batch.Add(GenerationTables.For(GenerationSql, _generation.Id));
        filter.AddNecessary(CompiledFilter.AddTo(batch.Add(FilterSql), filter))
            .With("tenant", query.Tenant).With("collection", query.Collection).With("limit", _fewDocuments + 1);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var documentsHaveHnsw = await ReadGenerationAsync(reader, cancellationToken).ConfigureAwait(false);
        var ids = await ReadIdsAsync(reader, cancellationToken).ConfigureAwait(false);
        return ids.Length <= _fewDocuments
            ? scope with { Filter = filter, Ids = ids }
            : scope with { Filter = filter, OnTheWay = _partsHaveHnsw && documentsHaveHnsw };
    }

    /// <summary>Documents by their nearest part, by their own vector, by words, by the pictures they hold; each best first.</summary>
    private async Task<string[][]> FindListsAsync(TenantTransaction transaction, SearchQuery query, SearchScope scope, CancellationToken cancellationToken)
    {
        await using var batch = transaction.Batch(Math.Clamp(query.EfSearch, 1, LargestEfSearch), scope.OnTheWay);
        batch.Add(GenerationTables.For(GenerationSql, _generation.Id));
        var partResults = AddParts(batch, query, scope, query.Lists.HasFlag(SearchLists.Parts) ? QueryParts(query.Embedding) : []);
        var hasDocuments = query.Lists.HasFlag(SearchLists.Documents);
        if (hasDocuments)
            batch.AddDocuments(_generation.Id, scope, HalfVector.From(query.Embedding.DocumentVector.Span), query.CandidateCount);
        var hasText = AddText(batch, query, scope);
        var hasPictures = query.Pictures.Count > 0 && query.Lists.HasFlag(SearchLists.Pictures);
        if (hasPictures)
            batch.AddPictures(_generation.Id, scope, [.. query.Pictures.Take(MostPictures)], query.CandidateCount);

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await ReadGenerationAsync(reader, cancellationToken).ConfigureAwait(false);
        var nearest = new Dictionary<string, double>(StringComparer.Ordinal);
        for (var i = 0; i < partResults; i++)
        {
            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var (id, distance) = (reader.GetString(0), reader.GetDouble(1));
                nearest[id] = nearest.TryGetValue(id, out var other) ? Math.Min(distance, other) : distance;
            }
        }
        var byPart = nearest.OrderBy(n => n.Value).ThenBy(n => n.Key, StringComparer.Ordinal).Take(query.CandidateCount).Select(n => n.Key).ToArray();
        var byDocument = hasDocuments ? await ReadIdsAsync(reader, cancellationToken).ConfigureAwait(false) : [];
        var byText = hasText ? await ReadIdsAsync(reader, cancellationToken).ConfigureAwait(false) : [];
        string[][] others = [byPart, byDocument, [.. byText.Where(id => id != query.Excluded)]];
        return [.. others, hasPictures ? await ReadHoldersAsync(reader, others, cancellationToken).ConfigureAwait(false) : []];
    }

    /// <returns>How many results were added.</returns>
    private int AddParts(NpgsqlBatch batch, SearchQuery query, SearchScope scope, int[] parts)
    {
        var vectors = parts.Select(part => HalfVector.From(query.Embedding.PartVector(part).Span)).ToArray();
        if (vectors.Length == 0)
            return 0;
        if (scope.Filter is null ? !_partsHaveHnsw : !scope.OnTheWay)
        {
            batch.AddPartsExactly(_generation.Id, scope, vectors, query.CandidateCount);
            return 1;
        }
        // Several near parts may be of one document: ask for more parts than documents.
        foreach (var vector in vectors)
            batch.AddPartsByIndex(_generation.Id, scope, vector, 2 * query.CandidateCount);
        return vectors.Length;
    }

    private static bool AddText(NpgsqlBatch batch, SearchQuery query, SearchScope scope)
    {
        if (string.IsNullOrWhiteSpace(query.Text) || !query.Lists.HasFlag(SearchLists.Text))
            return false;
        var written = SafeText.Clean(query.Text);
        var (words, single) = UnspacedWords.ForQuery(written);
        CompiledFilter.AddTo(batch.Add(TextSql), scope.Filter)
            .With("tenant", query.Tenant).With("collection", query.Collection).With("text", words).With("single", single)
            .With("written", words == written ? null : written)
            .With("limit", query.CandidateCount);
        return true;
    }

    /// <summary>Notes whether the parts have an index, and makes sure that the generation is still there: live or not, its vectors are of the question's model.</summary>
    /// <returns>Whether the documents have one.</returns>
    private async Task<bool> ReadGenerationAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            throw await IndexGenerations.ExplainMismatchAsync(_sources, _generation, cancellationToken).ConfigureAwait(false);
        _partsHaveHnsw = reader.GetBoolean(0);
        return reader.GetBoolean(1);
    }

    /// <summary>Documents that hold the same pictures come in the order of the other lists.</summary>
    private static async Task<string[]> ReadHoldersAsync(NpgsqlDataReader reader, string[][] others, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var holders = new List<(string Id, double Weight)>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            holders.Add((reader.GetString(0), reader.GetDouble(1)));
        var scores = ReciprocalRankFusion.Fuse(others, int.MaxValue).ToDictionary(static other => other.Id, static other => other.Score);
        return [.. holders.OrderByDescending(static h => h.Weight).ThenByDescending(h => scores.GetValueOrDefault(h.Id)).ThenBy(static h => h.Id, StringComparer.Ordinal).Select(static h => h.Id)];
    }

    private static async Task<string[]> ReadIdsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var ids = new List<string>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            ids.Add(reader.GetString(0));
        return [.. ids];
    }

    /// <summary>All parts of a short query, evenly spread ones of a long one.</summary>
    private static int[] QueryParts(SequenceEmbedding embedding)
    {
        var count = embedding.Parts.Count;
        return count <= MostQueryParts
            ? [.. Enumerable.Range(0, count)]
            : [.. Enumerable.Range(0, MostQueryParts).Select(i => (int)((long)i * (count - 1) / (MostQueryParts - 1)))];
    }
}
