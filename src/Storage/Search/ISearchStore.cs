using UnifiedVlm.Documents;

namespace UnifiedVlm.Storage.Search;

/// <summary>The reading side of the store, always within one tenant and one index generation.</summary>
public interface ISearchStore
{
    /// <summary>Candidates from part vectors, document vectors, full text and pictures held, fused by reciprocal rank, with everything reranking needs, as far as their vectors may take memory.</summary>
    /// <returns>Best first, at most <see cref="SearchQuery.CandidateCount"/>.</returns>
    Task<IReadOnlyList<SearchCandidate>> FindCandidatesAsync(SearchQuery query, CancellationToken cancellationToken);

    /// <summary>The stored sequence of a document.</summary>
    /// <returns>Null: the tenant has no such document in the index.</returns>
    Task<SequenceEmbedding?> LoadEmbeddingAsync(string tenant, string id, CancellationToken cancellationToken);

    /// <summary>Shows documents without their pictures' bytes one after another, in any order: only one is in memory at a time. Ids that are gone are left out.</summary>
    /// <param name="show">Called again from the first one on where the database had to be asked again.</param>
    Task ShowDocumentsAsync(string tenant, IReadOnlyList<string> ids, Action<InterleavedDocument> show, CancellationToken cancellationToken);

    /// <summary>Loads documents; ids that are gone are left out.</summary>
    /// <param name="pictures">Whether pictures come with their bytes; otherwise empty ones stand in their places.</param>
    Task<IReadOnlyList<InterleavedDocument>> LoadDocumentsAsync(string tenant, IReadOnlyList<string> ids, CancellationToken cancellationToken, bool pictures = true);
}
