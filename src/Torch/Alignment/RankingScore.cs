namespace UnifiedVlm.Torch.Alignment;

/// <summary>
/// Scores to rank candidates of different lengths by; higher is better. Sums over a path grow with its length, so they are divided
/// by max(n, m), the fewest steps any path between n and m parts can take: of all fixed divisors it is the one by which a pair of unrelated
/// sequences scores about the same whatever its lengths (n + m - 1 halves the cost of equal lengths, whose best path is the diagonal).
/// </summary>
public enum RankingScore
{
    /// <summary>log K(x, y) / max(n, m).</summary>
    LogKernelPerStep = 0,

    /// <summary>
    /// (log K(x, y) - (log K(x, x) + log K(y, y)) / 2) / max(n, m): 0 exactly for a sequence and itself. Costs three times as much, and takes
    /// from repetitive candidates the credit for their many equally good paths.
    /// </summary>
    NormalizedLogKernelPerStep = 1,

    /// <summary>-DTW / max(n, m).</summary>
    Dtw = 2,

    /// <summary>-soft-DTW / max(n, m).</summary>
    SoftDtw = 3,

    /// <summary>Mean over the query's parts of the best cosine with a part of the candidate; ignores order.</summary>
    MaxSim = 4,

    /// <summary>Cosine of the mean vectors; ignores order and the parts.</summary>
    Mean = 5,
}
