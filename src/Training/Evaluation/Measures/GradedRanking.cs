namespace UnifiedVlm.Training.Evaluation.Measures;

/// <summary>How good a ranking is whose right items have grades. What is not graded is wrong; an item that is ranked twice counts where it stands first.</summary>
public static class GradedRanking
{
    /// <summary>
    /// Normalised discounted cumulative gain (Järvelin and Kekäläinen 2002) of the first <paramref name="k"/>: the sum of grade / log2(rank + 1), over that of the best ranking
    /// there could be.
    /// </summary>
    /// <param name="relevant">At least one grade, all above 0.</param>
    public static double Ndcg(IReadOnlyList<string> ranked, IReadOnlyDictionary<string, double> relevant, int k)
    {
        var gain = ranked.Distinct(StringComparer.Ordinal).Take(k).Select((id, i) => relevant.GetValueOrDefault(id) / Math.Log2(i + 2)).Sum();
        return gain / relevant.Values.OrderDescending().Take(k).Select(static (grade, i) => grade / Math.Log2(i + 2)).Sum();
    }

    /// <summary>The share of the right items that are among the first <paramref name="k"/>.</summary>
    public static double Recall(IReadOnlyList<string> ranked, IReadOnlyDictionary<string, double> relevant, int k)
        => (double)ranked.Distinct(StringComparer.Ordinal).Take(k).Count(relevant.ContainsKey) / relevant.Count;

    /// <summary>1 / the rank of the first right item; 0 where there is none.</summary>
    public static double ReciprocalRank(IReadOnlyList<string> ranked, IReadOnlyDictionary<string, double> relevant)
    {
        for (var i = 0; i < ranked.Count; i++)
        {
            if (relevant.ContainsKey(ranked[i]))
                return 1.0 / (i + 1);
        }

        return 0;
    }
}
