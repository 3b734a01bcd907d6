namespace UnifiedVlm.Training.Evaluation.Measures;

/// <summary>Recall at k for one query over scored candidates. Ties count as what breaking them by lot gives on average.</summary>
public static class RetrievalMeasure
{
    /// <summary>Cosines of equal vectors differ by rounding alone up to this much.</summary>
    public const float Tolerance = 1e-6f;

    /// <summary>The chance that one of the right candidates is among the first k.</summary>
    /// <param name="scores">Of all candidates, higher is better.</param>
    /// <param name="right">Indices of the right ones, at least one.</param>
    /// <exception cref="ArgumentException">A score is no number, or nothing is right.</exception>
    public static double RecallAt(int k, ReadOnlySpan<float> scores, ReadOnlySpan<int> right, float tolerance = Tolerance)
    {
        if (right.IsEmpty)
            throw new ArgumentException("No candidate is right.", nameof(right));
        var best = float.NegativeInfinity;
        foreach (var index in right)
            best = MathF.Max(best, scores[index]);
        int above = 0, level = 0;
        foreach (var score in scores)
        {
            if (float.IsNaN(score))
                throw new ArgumentException("A score is not a number.", nameof(scores));
            if (score > best + tolerance)
                above++;
            else if (score >= best - tolerance)
                level++;
        }

        // Right candidates are never above the best of them; those level with it take part in the draw.
        var rightLevel = 0;
        foreach (var index in right)
            rightLevel += scores[index] >= best - tolerance ? 1 : 0;
        return ChanceOfOne(k - above, level, rightLevel);
    }

    /// <summary>Recall at k when candidates are ranked by lot.</summary>
    public static double RandomRecallAt(int k, int candidates, int right) => ChanceOfOne(k, candidates, right);

    /// <summary>The chance that <paramref name="draws"/> of <paramref name="all"/> hold at least one of <paramref name="right"/>.</summary>
    private static double ChanceOfOne(int draws, int all, int right)
    {
        if (draws <= 0)
            return 0;
        var none = 1.0;
        for (var i = 0; i < Math.Min(draws, all); i++)
            none *= Math.Max(0, all - right - i) / (double)(all - i);
        return 1 - none;
    }
}
