using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Storage.Care.Verification;

/// <summary>An index generation, and what may be asked of its rows.</summary>
/// <param name="IsFilled">It was filled beside another, at least once to the end.</param>
internal sealed record GenerationFacts(IndexGeneration Generation, bool IsFilled)
{
    public bool IsLive => Generation.State == GenerationState.Live;

    /// <summary>Documents may lack vectors without being entered as pending.</summary>
    public bool IsBeingFilled => Generation.State == GenerationState.Filling && !IsFilled;

    /// <summary>Documents count the parts of the model that came first; another may part them otherwise.</summary>
    public bool CountsParts => IsLive && !IsFilled;
}
