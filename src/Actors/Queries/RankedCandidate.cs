using UnifiedVlm.Storage.Search;

namespace UnifiedVlm.Actors.Queries;

/// <summary>A candidate with its final score and its place by alignment.</summary>
internal sealed record RankedCandidate(SearchCandidate Candidate, double Score, float? Alignment, int? AlignmentRank);
