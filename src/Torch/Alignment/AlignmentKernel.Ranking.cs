namespace UnifiedVlm.Torch.Alignment;

public static partial class AlignmentKernel
{
    /// <summary>Scores <paramref name="candidates"/> of any lengths against one query; higher is better.</summary>
    /// <param name="query">[n, D].</param>
    /// <param name="result">[candidates.Count].</param>
    public static void Rank(
        ReadOnlySpan<float> query, PackedSequences candidates, Span<float> result, RankingOptions? ranking = null, AlignmentOptions? options = null)
    {
        ranking ??= RankingOptions.Default;
        var x = PackedSequences.Single(query, candidates.Dimension);
        switch (ranking.Score)
        {
            case RankingScore.LogKernelPerStep:
                LogKernel(x, candidates, ranking.Sigma, result, options);
                DivideByLength(x.Length(0), candidates, result, 1);
                break;
            case RankingScore.NormalizedLogKernelPerStep:
                NormalizedLogKernel(x, candidates, ranking.Sigma, result, options);
                DivideByLength(x.Length(0), candidates, result, 1);
                break;
            case RankingScore.Dtw:
                Dtw(x, candidates, result, options);
                DivideByLength(x.Length(0), candidates, result, -1);
                break;
            case RankingScore.SoftDtw:
                SoftDtw(x, candidates, ranking.Gamma, result, options);
                DivideByLength(x.Length(0), candidates, result, -1);
                break;
            case RankingScore.MaxSim:
                MaxSim(x, candidates, result, options);
                break;
            case RankingScore.Mean:
                MeanCosine(x, candidates, result, options);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(ranking), ranking.Score, "is not a known score");
        }
    }

    private static void DivideByLength(int queryLength, PackedSequences candidates, Span<float> result, int sign)
    {
        for (var c = 0; c < result.Length; c++)
            result[c] *= (float)sign / Math.Max(queryLength, candidates.Length(c));
    }
}
