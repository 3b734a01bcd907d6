using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Content;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Storage.Search;

/// <summary>
/// Finds and loads documents. Candidates take two round trips: the three lists at once, then the packed vectors of what they fuse to.
/// </summary>
public sealed partial class SearchStore : ISearchStore
{
    /// <summary>hnsw.ef_search has this upper bound in pgvector.</summary>
    private const int LargestEfSearch = 1000;

    /// <summary>Query parts searched for each: a query that is a long document is represented by parts spread over it.</summary>
    private const int MostQueryParts = 8;

    private const string LiveSql = $"SELECT id, {VectorIndexCatalog.PartsHaveHnsw} FROM uvlm.index_generation WHERE state = 'live'";

    private const string TextSql = "SELECT id FROM uvlm.search_text(@tenant, @collection, @text, @limit) ORDER BY all_words DESC, score DESC, id";

    private const string CandidatesSql = """
        SELECT d.id, d.collection, d.title, d.version, p.vectors
        FROM unnest(@ids) AS k (id)
        JOIN uvlm.document d ON d.tenant = @tenant AND d.id = k.id
        JOIN uvlm.packed_{g} p ON p.tenant = @tenant AND p.id = k.id
        WHERE NOT d.deleted
        """;

    private readonly DataSources _sources;
    private readonly IndexGeneration _generation;
    private readonly RetryPolicy _retry;
    // As the last search found it. Either way of searching is right whether there is an index or not; this is about speed.
    private volatile bool _partsHaveHnsw;

    internal SearchStore(DataSources sources, IndexGeneration generation, bool partsHaveHnsw, TimeSpan retryWindow, ILogger<SearchStore> logger)
    {
        _sources = sources;
        _generation = generation;
        _partsHaveHnsw = partsHaveHnsw;
        _retry = new RetryPolicy(retryWindow, logger);
    }

    /// <inheritdoc/>
    /// <exception cref="IndexMismatchException">Another model's index has become the live one, or the query has another dimension.</exception>
    public Task<IReadOnlyList<SearchCandidate>> FindCandidatesAsync(SearchQuery query, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(query.Tenant);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.CandidateCount, 1);
        if (query.Embedding.Dimension != _generation.Dimension)
            throw new IndexMismatchException(_generation, "unknown", query.Embedding.Dimension);
        return _retry.RunAsync("Searching", token => FindAsync(query, token), cancellationToken);
    }

    private async Task<IReadOnlyList<SearchCandidate>> FindAsync(SearchQuery query, CancellationToken cancellationToken)
    {
        try
        {
            return await FindOnceAsync(query, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            throw await IndexGenerations.ExplainMismatchAsync(_sources, _generation, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<SearchCandidate>> FindOnceAsync(SearchQuery query, CancellationToken cancellationToken)
    {
        await using var transaction = await TenantTransaction.OpenAsync(_sources.App, query.Tenant, cancellationToken).ConfigureAwait(false);
        var lists = await FindListsAsync(transaction, query, cancellationToken).ConfigureAwait(false);
        var fused = ReciprocalRankFusion.Fuse(lists, query.CandidateCount);
        if (fused.Count == 0)
            return [];

        await using var batch = transaction.Batch();
        batch.Add(GenerationTables.For(CandidatesSql, _generation.Id)).With("tenant", query.Tenant).With("ids", fused.Select(f => f.Id));
        var found = new Dictionary<string, SearchCandidate>(StringComparer.Ordinal);
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
        {
            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var title = await reader.IsDBNullAsync(2, cancellationToken).ConfigureAwait(false) ? null : reader.GetString(2);
                var id = reader.GetString(0);
                found[id] = new SearchCandidate(
                    id, reader.GetString(1), title, reader.GetInt64(3), 0, null, null, null, PackedSequence.Unpack(reader.GetFieldValue<byte[]>(4)));
            }
        }
        // What was deleted between the two round trips is left out.
        return [.. fused.Where(f => found.ContainsKey(f.Id)).Select(f =>
            found[f.Id] with { FusedScore = f.Score, PartRank = f.Ranks[0], DocumentRank = f.Ranks[1], TextRank = f.Ranks[2] })];
    }

    /// <summary>Documents by their nearest part, by their own vector, by words; each best first.</summary>
    private async Task<string[][]> FindListsAsync(TenantTransaction transaction, SearchQuery query, CancellationToken cancellationToken)
    {
        await using var batch = transaction.Batch(Math.Clamp(query.EfSearch, 1, LargestEfSearch));
        batch.Add(GenerationTables.For(LiveSql, _generation.Id));
        var parts = QueryParts(query.Embedding);
        var partResults = AddParts(batch, query, parts);
        batch.AddDocuments(_generation.Id, query.Tenant, query.Collection, HalfVector.From(query.Embedding.DocumentVector.Span), query.CandidateCount);
        var text = string.IsNullOrWhiteSpace(query.Text) ? null : SafeText.Clean(query.Text);
        if (text is not null)
            batch.Add(TextSql).With("tenant", query.Tenant).With("collection", query.Collection).With("text", text).With("limit", query.CandidateCount);

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false) || reader.GetInt32(0) != _generation.Id)
            throw await IndexGenerations.ExplainMismatchAsync(_sources, _generation, cancellationToken).ConfigureAwait(false);
        _partsHaveHnsw = reader.GetBoolean(1);
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
        var byDocument = await ReadIdsAsync(reader, cancellationToken).ConfigureAwait(false);
        var byText = text is null ? [] : await ReadIdsAsync(reader, cancellationToken).ConfigureAwait(false);
        return [byPart, byDocument, byText];
    }

    /// <returns>How many results were added.</returns>
    private int AddParts(NpgsqlBatch batch, SearchQuery query, int[] parts)
    {
        var vectors = parts.Select(part => HalfVector.From(query.Embedding.PartVector(part).Span)).ToArray();
        if (vectors.Length == 0)
            return 0;
        if (!_partsHaveHnsw)
        {
            batch.AddPartsExactly(_generation.Id, query.Tenant, query.Collection, vectors, query.CandidateCount);
            return 1;
        }
        // Several near parts may be of one document: ask for more parts than documents.
        foreach (var vector in vectors)
            batch.AddPartsByIndex(_generation.Id, query.Tenant, query.Collection, vector, 2 * query.CandidateCount);
        return vectors.Length;
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
