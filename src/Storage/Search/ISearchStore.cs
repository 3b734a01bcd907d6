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

    /// <summary>Shows documents one after another, in the order of their ids: only one is in memory at a time, with the hashes of its pictures. Ids that are gone are left out.</summary>
    /// <param name="show">Called again from the first one on where the database had to be asked again.</param>
    Task ShowDocumentsAsync(string tenant, IReadOnlyList<string> ids, Action<InterleavedDocument> show, CancellationToken cancellationToken);

    /// <summary>How many bytes the files of pictures have, by hash. Those that no document of the tenant shows any more are left out.</summary>
    /// <param name="sha256">In lower-case hexadecimal, as documents name them.</param>
    Task<IReadOnlyDictionary<string, long>> MeasurePicturesAsync(string tenant, IReadOnlyCollection<string> sha256, CancellationToken cancellationToken);

    /// <summary>The files themselves, all of them in memory.</summary>
    /// <inheritdoc cref="MeasurePicturesAsync"/>
    Task<IReadOnlyDictionary<string, InlineImage>> LoadPicturesAsync(string tenant, IReadOnlyCollection<string> sha256, CancellationToken cancellationToken);
}
