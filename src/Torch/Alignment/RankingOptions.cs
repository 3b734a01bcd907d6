namespace UnifiedVlm.Torch.Alignment;

/// <summary>Which score ranks, and the widths it uses.</summary>
public sealed record RankingOptions
{
    public static RankingOptions Default { get; } = new();

    public RankingScore Score { get; init; } = RankingScore.LogKernelPerStep;

    /// <summary>Width of the local kernel, in units of distance between unit vectors (0 to 2). Small is strict.</summary>
    public float Sigma { get; init; } = 0.5f;

    /// <summary>Smoothing of soft-DTW, in units of squared distance. Small comes near DTW.</summary>
    public float Gamma { get; init; } = 0.1f;
}
