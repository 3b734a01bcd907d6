namespace UnifiedVlm.Storage.Generations;

/// <summary>Exactly one generation is live at a time.</summary>
public enum GenerationState
{
    /// <summary>Answers queries and takes new documents.</summary>
    Live,

    /// <summary>Being filled beside the live one.</summary>
    Filling,

    /// <summary>Kept for rollback.</summary>
    Retired,
}
