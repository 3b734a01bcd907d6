namespace UnifiedVlm.Training.Recipes;

/// <summary>The MLP from states to vectors. Read only where the model folder has no embedding.safetensors.</summary>
public sealed record HeadSettings
{
    /// <summary>Hidden width; 0 leaves the head out, so that states are compared as they are.</summary>
    public int Inner { get; init; } = 512;

    /// <summary>D.</summary>
    public int Dimension { get; init; } = 256;
}
