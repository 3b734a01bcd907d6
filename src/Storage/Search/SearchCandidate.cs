using UnifiedVlm.Documents;

namespace UnifiedVlm.Storage.Search;

/// <summary>A document worth reranking.</summary>
/// <param name="FusedScore">Sum of 1 / (60 + rank) over the lists it stands in.</param>
/// <param name="PartRank">1-based rank among documents by their nearest part; null when not in that list. Likewise the other two.</param>
/// <param name="Embedding">The stored sequence, part vectors unpacked to float32.</param>
public sealed record SearchCandidate(
    string Id,
    string Collection,
    string? Title,
    long Version,
    double FusedScore,
    int? PartRank,
    int? DocumentRank,
    int? TextRank,
    SequenceEmbedding Embedding);
