using UnifiedVlm.Actors.Device;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Storage.Search;

namespace UnifiedVlm.Actors.Queries;

/// <summary>The way of a search: prepare, encode, candidates, rerank, snippets.</summary>
internal sealed class Retriever(
    IDocumentPreparer preparer,
    IDeviceClient device,
    ISearchStore store,
    QueryOptions options,
    QueryMeter meter,
    TimeProvider time)
{
    public async Task<SearchResponse> SearchAsync(SearchRequest request, CancellationToken cancellationToken)
    {
        var clock = time.GetTimestamp();
        using var prepared = preparer.Prepare(request.Query, cancellationToken);
        var prepare = Lap(ref clock);
        var query = await device.EncodeAsync(prepared, EncodePriority.Query, cancellationToken).ConfigureAwait(false);
        var encode = Lap(ref clock);
        var candidates = await store.FindCandidatesAsync(
            new SearchQuery(request.Tenant, query, TextOf(request.Query))
            {
                Collection = request.Collection,
                Filter = request.Filter,
                CandidateCount = Math.Max(options.Candidates, request.K),
                EfSearch = options.EfSearch,
            },
            cancellationToken).ConfigureAwait(false);
        var find = Lap(ref clock);
        var ranked = CandidateRanker.Rank(query, candidates, request.K, options);
        var hits = ranked.Select(r => ToHit(r, query)).ToArray();
        var rerank = Lap(ref clock);
        if (request.Snippets && hits.Length > 0)
            await AddSnippetsAsync(request.Tenant, hits, cancellationToken).ConfigureAwait(false);
        var timings = new SearchTimings(prepare, encode, find, rerank, Lap(ref clock));
        meter.Searched(timings);
        return new SearchResponse(hits, candidates.Count, timings);
    }

    /// <summary>Hits with the documents they stand for, in the same order; those whose documents are gone are left out.</summary>
    public async Task<(SearchHit[] Hits, InterleavedDocument[] Documents)> LoadAsync(
        string tenant, IReadOnlyList<SearchHit> hits, CancellationToken cancellationToken)
    {
        var loaded = await LoadByIdAsync(tenant, hits, cancellationToken).ConfigureAwait(false);
        var present = hits.Where(hit => loaded.ContainsKey(hit.Id)).Select(hit => WithSnippets(hit, loaded[hit.Id])).ToArray();
        return (present, [.. present.Select(hit => loaded[hit.Id])]);
    }

    private async Task AddSnippetsAsync(string tenant, SearchHit[] hits, CancellationToken cancellationToken)
    {
        var loaded = await LoadByIdAsync(tenant, hits, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < hits.Length; i++)
        {
            if (loaded.TryGetValue(hits[i].Id, out var document))
                hits[i] = WithSnippets(hits[i], document);
        }
    }

    private async Task<Dictionary<string, InterleavedDocument>> LoadByIdAsync(
        string tenant, IReadOnlyList<SearchHit> hits, CancellationToken cancellationToken)
    {
        if (hits.Count == 0)
            return [];
        var documents = await store.LoadDocumentsAsync(tenant, [.. hits.Select(static hit => hit.Id)], cancellationToken).ConfigureAwait(false);
        return documents.ToDictionary(static document => document.Id);
    }

    private SearchHit WithSnippets(SearchHit hit, InterleavedDocument document)
        => hit with
        {
            Matches = [.. hit.Matches.Select(m => m with { Snippet = SnippetCutter.Cut(document, m.DocumentPart, options.SnippetLength) })],
        };

    private SearchHit ToHit(RankedCandidate ranked, SequenceEmbedding query)
    {
        var candidate = ranked.Candidate;
        return new SearchHit(
            candidate.Id,
            candidate.Collection,
            candidate.Title,
            candidate.Version,
            ranked.Score,
            ranked.Alignment,
            ranked.AlignmentRank,
            candidate.PartRank,
            candidate.DocumentRank,
            candidate.TextRank,
            candidate.Embedding.Parts,
            CandidateRanker.Match(query, candidate.Embedding, options));
    }

    private string? TextOf(InterleavedDocument query)
    {
        var text = string.Join('\n', query.Parts.OfType<TextPart>().Select(static part => part.Text)).Trim();
        if (text.Length > options.MaxSearchText)
            text = text[..options.MaxSearchText];
        return text.Length == 0 ? null : text;
    }

    private TimeSpan Lap(ref long clock)
    {
        var now = time.GetTimestamp();
        var elapsed = time.GetElapsedTime(clock, now);
        clock = now;
        return elapsed;
    }
}
