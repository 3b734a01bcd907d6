namespace UnifiedVlm.Actors.Queries;

/// <summary>Where the time of a search went.</summary>
/// <param name="Prepare">Pictures decoded, text tokenised.</param>
/// <param name="Encode">Waiting for the device and encoding.</param>
/// <param name="Candidates">The store's answer.</param>
/// <param name="Rerank">Alignment, fusion and tracing of the paths.</param>
/// <param name="Load">Documents loaded for their snippets.</param>
public sealed record SearchTimings(TimeSpan Prepare, TimeSpan Encode, TimeSpan Candidates, TimeSpan Rerank, TimeSpan Load)
{
    public TimeSpan Total => Prepare + Encode + Candidates + Rerank + Load;
}
