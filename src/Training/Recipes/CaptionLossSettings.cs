namespace UnifiedVlm.Training.Recipes;

/// <summary>Next-token prediction of a long caption after the summary token (VladVA, arXiv 2412.04378).</summary>
public sealed record CaptionLossSettings
{
    public double Weight { get; init; } = 1;

    /// <summary>Captions in a batch.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Names of sources to their shares; empty takes all equally.</summary>
    public IReadOnlyDictionary<string, double> Sources { get; init; } = new Dictionary<string, double>();

    /// <summary>What a caption's tokens see of what stands before them.</summary>
    public CaptionSight Sees { get; init; } = CaptionSight.Prompt;
}
