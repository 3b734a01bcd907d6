using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Training.Evaluation.Statistics;

/// <summary>
/// Percentile intervals over resampled items (Efron 1979). The same items give the same interval on every machine.
/// </summary>
public static class Bootstrap
{
    public const int Resamples = 2000;

    private const double Tail = 0.025;

    /// <param name="count">Items, at least 1.</param>
    /// <param name="statistic">Of the items with these indices, some of them several times.</param>
    public static Interval Of(int count, Func<ReadOnlySpan<int>, double> statistic)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var items = Enumerable.Range(0, count).ToArray();
        var value = statistic(items);
        var state = (ulong)count;
        var resampled = new double[Resamples];
        for (var r = 0; r < resampled.Length; r++)
        {
            for (var i = 0; i < items.Length; i++)
                items[i] = (int)(((UInt128)SplitMix64.Next(ref state) * (uint)count) >> 64);
            resampled[r] = statistic(items);
        }

        Array.Sort(resampled);
        return new Interval(value, Quantile(resampled, Tail), Quantile(resampled, 1 - Tail));
    }

    /// <summary>Linear between the two nearest.</summary>
    private static double Quantile(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        return below + 1 < sorted.Length ? sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}
