namespace UnifiedVlm.Client;

/// <param name="Score">What the hits are ordered by.</param>
/// <param name="Alignment">log K per step of the alignment with the question; higher is more alike. Null for a document that was not aligned.</param>
/// <param name="Matches">Which part of the question met which part of the document, in the order of the alignment.</param>
/// <param name="Ranks">Where it stands in each list.</param>
public sealed record SearchHit(string Id, string Collection, string? Title, long Version, double Score, float? Alignment, IReadOnlyList<PartMatch> Matches, HitRanks? Ranks = null);
