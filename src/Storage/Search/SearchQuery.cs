using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Search.Filters;

namespace UnifiedVlm.Storage.Search;

/// <summary>A question as vectors and words.</summary>
/// <param name="Embedding">The question encoded as a sequence; its dimension must be that of the live index.</param>
/// <param name="Text">The question's words for full text; null or empty leaves full text out.</param>
public sealed record SearchQuery(string Tenant, SequenceEmbedding Embedding, string? Text)
{
    /// <summary>SHA-256 of the files of the question's pictures: what words are to full text, the pictures themselves are to a search.</summary>
    public IReadOnlyList<byte[]> Pictures { get; init; } = [];

    /// <summary>Only this collection; null is all of the tenant's.</summary>
    public string? Collection { get; init; }

    /// <summary>Only documents that pass it.</summary>
    public Filter? Filter { get; init; }

    /// <summary>The id of a document that is not found, such as the one that the question is made from.</summary>
    public string? Excluded { get; init; }

    /// <summary>The lists that are asked.</summary>
    public SearchLists Lists { get; init; } = SearchLists.All;

    /// <summary>How many documents to return for reranking.</summary>
    public int CandidateCount { get; init; } = 200;

    /// <summary>
    /// Stored bytes of the vectors that candidates bring along, best first; in memory they are twice that. The one that passes it comes whole, those after it without vectors.
    /// </summary>
    public long MaxVectorBytes { get; init; } = 32 << 20;

    /// <summary>hnsw.ef_search: more finds more and costs more.</summary>
    public int EfSearch { get; init; } = 100;
}
