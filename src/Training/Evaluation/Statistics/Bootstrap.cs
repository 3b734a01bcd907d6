using System.Runtime.InteropServices;
using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Training.Evaluation.Statistics;

/// <summary>
/// Percentile intervals over resampled items (Efron 1979). The same items give the same interval on every machine.
/// </summary>
public static class Bootstrap
{
    public const int Resamples = 2000;

    private const double Tail = 0.025;

    /// <param name="groups">Indices of items that were drawn together, such as the questions on one picture; they are resampled together. At least one.</param>
    /// <param name="statistic">Of the items with these indices, some of them several times.</param>
    public static Interval Of(IReadOnlyList<int[]> groups, Func<ReadOnlySpan<int>, double> statistic)
    {
        ArgumentOutOfRangeException.ThrowIfZero(groups.Count, nameof(groups));
        var items = new List<int>();
        foreach (var group in groups)
            items.AddRange(group);
        var value = statistic(CollectionsMarshal.AsSpan(items));
        var state = (ulong)groups.Count;
        var resampled = new double[Resamples];
        for (var r = 0; r < resampled.Length; r++)
        {
            items.Clear();
            for (var g = 0; g < groups.Count; g++)
                items.AddRange(groups[(int)(((UInt128)SplitMix64.Next(ref state) * (uint)groups.Count) >> 64)]);
            resampled[r] = statistic(CollectionsMarshal.AsSpan(items));
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
