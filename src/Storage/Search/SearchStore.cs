using System.Data;
using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Storage.Search;

/// <summary>
/// Finds and loads documents. Candidates take two round trips: the four lists at once, then the packed vectors of what they fuse to. A filter is asked about first.
/// </summary>
public sealed partial class SearchStore : ISearchStore
{
    // The length of what is stored aside is known without reading it.
    private const string CandidatesSql = """
        SELECT d.id, d.collection, d.title, d.version,
            CASE WHEN sum(octet_length(p.vectors)) OVER (ORDER BY k.place) - octet_length(p.vectors) < @max THEN p.vectors END
        FROM unnest(@ids) WITH ORDINALITY AS k (id, place)
        JOIN uvlm.document d ON d.tenant = @tenant AND d.id = k.id
        JOIN uvlm.packed_{g} p ON p.tenant = @tenant AND p.id = k.id
        WHERE NOT d.deleted
        """;

    private readonly DataSources _sources;
    private readonly IndexGeneration _generation;
    private readonly RetryPolicy _retry;
    // As the last search found it. Either way of searching is right whether there is an index or not; this is about speed.
    private volatile bool _partsHaveHnsw;
    private readonly int _fewDocuments;

    internal SearchStore(DataSources sources, IndexGeneration generation, bool partsHaveHnsw, StoreOptions options, ILogger<SearchStore> logger)
    {
        _sources = sources;
        _generation = generation;
        _partsHaveHnsw = partsHaveHnsw;
        _fewDocuments = options.FewDocuments;
        _retry = new RetryPolicy(sources, options.ReadRetryWindow, logger);
    }

    /// <inheritdoc/>
    /// <exception cref="IndexMismatchException">The model's index was dropped, or the query has another dimension.</exception>
    public Task<IReadOnlyList<SearchCandidate>> FindCandidatesAsync(SearchQuery query, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(query.Tenant);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.CandidateCount, 1);
        if (query.Embedding.Dimension != _generation.Dimension)
            throw new IndexMismatchException(_generation, "unknown", query.Embedding.Dimension);
        return _retry.RunAsync("Searching", token => ExplainedAsync(() => FindOnceAsync(query, token), token), cancellationToken);
    }

    private async Task<T> ExplainedAsync<T>(Func<Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            throw await IndexGenerations.ExplainMismatchAsync(_sources, _generation, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<SearchCandidate>> FindOnceAsync(SearchQuery query, CancellationToken cancellationToken)
    {
        // One snapshot where a filter is looked at before the vectors: a document that is replaced in between must not be found by what it was.
        await using var transaction = await TenantTransaction.OpenAsync(
            _sources.App, query.Tenant, cancellationToken, query.Filter is null ? IsolationLevel.ReadCommitted : IsolationLevel.RepeatableRead).ConfigureAwait(false);
        var scope = await ScopeAsync(transaction, query, cancellationToken).ConfigureAwait(false);
        if (scope.Ids is [])
            return [];
        var lists = await FindListsAsync(transaction, query, scope, cancellationToken).ConfigureAwait(false);
        var fused = ReciprocalRankFusion.Fuse(lists, query.CandidateCount);
        if (fused.Count == 0)
            return [];

        await using var batch = transaction.Batch();
        batch.Add(GenerationTables.For(CandidatesSql, _generation.Id)).With("tenant", query.Tenant).With("ids", fused.Select(f => f.Id)).With("max", (long?)query.MaxVectorBytes);
        var found = new Dictionary<string, SearchCandidate>(StringComparer.Ordinal);
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
        {
            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var title = await reader.IsDBNullAsync(2, cancellationToken).ConfigureAwait(false) ? null : reader.GetString(2);
                var id = reader.GetString(0);
                var hasVectors = !await reader.IsDBNullAsync(4, cancellationToken).ConfigureAwait(false);
                var embedding = hasVectors ? PackedSequence.Unpack(reader.GetFieldValue<byte[]>(4)) : new SequenceEmbedding(_generation.Dimension, [], default, default);
                found[id] = new SearchCandidate(id, reader.GetString(1), title, reader.GetInt64(3), 0, null, null, null, embedding) { HasVectors = hasVectors };
            }
        }
        // What was deleted between the two round trips is left out.
        return [.. fused.Where(f => found.ContainsKey(f.Id)).Select(f =>
            found[f.Id] with { FusedScore = f.Score, PartRank = f.Ranks[0], DocumentRank = f.Ranks[1], TextRank = f.Ranks[2], PictureRank = f.Ranks[3] })];
    }
}
