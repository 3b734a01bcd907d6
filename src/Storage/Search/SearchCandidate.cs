using UnifiedVlm.Documents;

namespace UnifiedVlm.Storage.Search;

/// <summary>A document worth reranking.</summary>
/// <param name="FusedScore">Sum of 1 / (60 + rank) over the lists it stands in.</param>
/// <param name="PartRank">1-based rank among documents by their nearest part; null when not in that list. Likewise the next two.</param>
/// <param name="Embedding">The stored sequence, part vectors unpacked to float32; without parts where it came without.</param>
public sealed record SearchCandidate(
    string Id,
    string Collection,
    string? Title,
    long Version,
    double FusedScore,
    int? PartRank,
    int? DocumentRank,
    int? TextRank,
    SequenceEmbedding Embedding)
{
    /// <summary>1-based rank among the documents that hold pictures of the question; null when not in that list.</summary>
    public int? PictureRank { get; init; }

    /// <summary>False: those before it have used up what vectors may take (<see cref="SearchQuery.MaxVectorBytes"/>).</summary>
    public bool HasVectors { get; init; } = true;
}
