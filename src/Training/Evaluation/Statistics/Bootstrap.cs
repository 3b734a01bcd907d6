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
    /// <param name="statistic">Of the items with these indices, some of them several times. Not a number where it is undefined for them: such a resample is left out.</param>
    /// <returns>Without bounds where all were drawn together, or where the figure is undefined.</returns>
    public static Interval Of(IReadOnlyList<int[]> groups, Func<ReadOnlySpan<int>, double> statistic)
    {
        ArgumentOutOfRangeException.ThrowIfZero(groups.Count, nameof(groups));
        var items = new List<int>();
        foreach (var group in groups)
            items.AddRange(group);
        var value = statistic(CollectionsMarshal.AsSpan(items));
        if (groups.Count == 1 || double.IsNaN(value))
            return Interval.NotEstimable(value);
        var state = (ulong)groups.Count;
        var resampled = new List<double>(Resamples);
        for (var r = 0; r < Resamples; r++)
        {
            items.Clear();
            for (var g = 0; g < groups.Count; g++)
                items.AddRange(groups[(int)(((UInt128)SplitMix64.Next(ref state) * (uint)groups.Count) >> 64)]);
            if (statistic(CollectionsMarshal.AsSpan(items)) is var drawn && !double.IsNaN(drawn))
                resampled.Add(drawn);
        }

        if (resampled.Count == 0)
            return Interval.NotEstimable(value);
        resampled.Sort();
        return new Interval(value, Quantile(resampled, Tail), Quantile(resampled, 1 - Tail));
    }

    /// <summary>Linear between the two nearest.</summary>
    private static double Quantile(List<double> sorted, double share)
    {
        var place = share * (sorted.Count - 1);
        var below = (int)place;
        return below + 1 < sorted.Count ? sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}
