namespace UnifiedVlm.Training.Recipes;

/// <summary>How a step is computed. Speed and memory; the gradient is the same but for rounding.</summary>
public sealed record ComputeSettings
{
    /// <summary>Tokens that go through the decoder at once.</summary>
    public int ChunkTokens { get; init; } = 1024;

    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Compute the chunks of pairs and sequences twice instead of keeping their graphs, so that a batch may exceed memory (GradCache, arXiv 2101.06983).</summary>
    public bool Recompute { get; init; }

    /// <summary>Keep of each block its input only and compute it again on the way back: less memory, a third more time.</summary>
    public bool ActivationCheckpointing { get; init; }

    /// <summary>Batches whose gradients are averaged for one step.</summary>
    public int Accumulate { get; init; } = 1;
}
