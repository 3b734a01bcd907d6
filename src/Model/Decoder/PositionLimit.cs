namespace UnifiedVlm.Model.Decoder;

/// <summary>What happens beyond the positions the model was trained for.</summary>
public enum PositionLimit
{
    /// <summary>An error: callers window or refuse before.</summary>
    Refuse,

    /// <summary>
    /// As nanoVLM's public code: all frequencies of the call are divided by (highest position + 1) / limit. A sequence then depends on its
    /// neighbours in the call, so this is for comparing single runs with that code only.
    /// </summary>
    RescaleCall,
}
