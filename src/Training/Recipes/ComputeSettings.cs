namespace UnifiedVlm.Training.Recipes;

/// <summary>How a step is computed. Speed and memory; the gradient is the same but for rounding.</summary>
public sealed record ComputeSettings
{
    /// <summary>Tokens that go through the decoder at once.</summary>
    public int ChunkTokens { get; init; } = 1024;

    /// <summary>Batches whose gradients are averaged for one step.</summary>
    public int Accumulate { get; init; } = 1;
}
