namespace UnifiedVlm.Actors.Queries;

/// <param name="Hits">Best first.</param>
/// <param name="Candidates">Documents that were reranked.</param>
/// <param name="Timings">Where the time went.</param>
public sealed record SearchResponse(IReadOnlyList<SearchHit> Hits, int Candidates, SearchTimings Timings)
{
    /// <summary>In the modes that look for parts: those, best first; there are no hits then.</summary>
    public IReadOnlyList<PartHit> Parts { get; init; } = [];
}
