using UnifiedVlm.Documents;

namespace UnifiedVlm.Storage.Search;

/// <summary>A question as vectors and words.</summary>
/// <param name="Embedding">The question encoded as a sequence; its dimension must be that of the live index.</param>
/// <param name="Text">The question's words for full text; null or empty leaves full text out.</param>
public sealed record SearchQuery(string Tenant, SequenceEmbedding Embedding, string? Text)
{
    /// <summary>Only this collection; null is all of the tenant's.</summary>
    public string? Collection { get; init; }

    /// <summary>How many documents to return for reranking.</summary>
    public int CandidateCount { get; init; } = 200;

    /// <summary>hnsw.ef_search: more finds more and costs more.</summary>
    public int EfSearch { get; init; } = 100;
}
