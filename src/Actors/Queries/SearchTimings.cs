namespace UnifiedVlm.Actors.Queries;

/// <summary>Where the time of a search went.</summary>
/// <param name="Prepare">Pictures decoded, text tokenised.</param>
/// <param name="Encode">Waiting for the device and encoding; where a stored document is the query, reading its vectors.</param>
/// <param name="Candidates">The store's answer.</param>
/// <param name="Rerank">Alignment, fusion and tracing of the paths.</param>
/// <param name="Load">Documents loaded for their snippets.</param>
public sealed record SearchTimings(TimeSpan Prepare, TimeSpan Encode, TimeSpan Candidates, TimeSpan Rerank, TimeSpan Load)
{
    /// <summary>How much was looked at in that time.</summary>
    public SearchEffort? Effort { get; init; }

    public TimeSpan Total => Prepare + Encode + Candidates + Rerank + Load;
}
