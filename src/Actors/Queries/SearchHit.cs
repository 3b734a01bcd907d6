using UnifiedVlm.Documents;

namespace UnifiedVlm.Actors.Queries;

/// <summary>A document that was found.</summary>
/// <param name="Id">Unique within the tenant.</param>
/// <param name="Collection">Where it lives.</param>
/// <param name="Title">Null if it has none.</param>
/// <param name="Version">The version that is in the index.</param>
/// <param name="Score">What the hits are ordered by: the reciprocal ranks of the lists the document stands in, alignment included.</param>
/// <param name="Alignment">The alignment score by itself: log K per step, higher for more alike. At most 0 where either side is a single part; with several on both sides many paths add up, and it may lie above. Null where there is no <paramref name="AlignmentRank"/>.</param>
/// <param name="AlignmentRank">1-based rank by alignment among the candidates. Null for a document without part vectors, and for one too far down the other lists to be aligned (<see cref="QueryOptions.CandidateBytes"/>).</param>
/// <param name="PartRank">1-based rank by nearest part; null when not in that list. Likewise the next two.</param>
/// <param name="DocumentRank">By document vector.</param>
/// <param name="TextRank">By full text.</param>
/// <param name="Parts">What the document's part vectors stand for, in order.</param>
/// <param name="Matches">Which parts met, in the order of the alignment: the most similar ones for each part of the query.</param>
public sealed record SearchHit(
    string Id,
    string Collection,
    string? Title,
    long Version,
    double Score,
    float? Alignment,
    int? AlignmentRank,
    int? PartRank,
    int? DocumentRank,
    int? TextRank,
    IReadOnlyList<EmbeddedPart> Parts,
    IReadOnlyList<PartMatch> Matches)
{
    /// <summary>1-based rank among the documents that hold pictures of the question; null when not in that list.</summary>
    public int? PictureRank { get; init; }
}
