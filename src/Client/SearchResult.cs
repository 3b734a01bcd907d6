namespace UnifiedVlm.Client;

/// <param name="Hits">Best first; none in the modes that look for parts.</param>
/// <param name="Parts">In the modes that look for parts, best first; else null.</param>
/// <param name="Candidates">Documents that were aligned.</param>
/// <param name="Timings">Where the time went.</param>
public sealed record SearchResult(IReadOnlyList<SearchHit> Hits, IReadOnlyList<PartHit>? Parts = null, int? Candidates = null, SearchTimings? Timings = null);
