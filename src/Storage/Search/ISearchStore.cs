using UnifiedVlm.Documents;

namespace UnifiedVlm.Storage.Search;

/// <summary>The reading side of the store, always within one tenant and one index generation.</summary>
public interface ISearchStore
{
    /// <summary>Candidates from part vectors, document vectors and full text, fused by reciprocal rank, with everything reranking needs.</summary>
    /// <returns>Best first, at most <see cref="SearchQuery.CandidateCount"/>.</returns>
    Task<IReadOnlyList<SearchCandidate>> FindCandidatesAsync(SearchQuery query, CancellationToken cancellationToken);

    /// <summary>Loads whole documents, pictures as <see cref="InlineImage"/>; ids that are gone are left out.</summary>
    Task<IReadOnlyList<InterleavedDocument>> LoadDocumentsAsync(string tenant, IReadOnlyList<string> ids, CancellationToken cancellationToken);
}
