namespace UnifiedVlm.Training.Evaluation.Statistics;

/// <summary>Figures with their intervals from the outcomes of single items.</summary>
public static class Aggregation
{
    /// <summary>The figure alone. 0 where it is undefined: no item was decided yes, or none is.</summary>
    public static double Value(Aggregate aggregate, ReadOnlySpan<double> outcomes, ReadOnlySpan<int> items) =>
        Defined(aggregate, outcomes, items) is var value && double.IsNaN(value) ? 0 : value;

    /// <summary>
    /// Wilson's interval for shares of whole successes among independent items, and among groups that are all right or all wrong, of which the
    /// bootstrap would be certain; the bootstrap's for everything else. Precision is such a share of the items decided yes, recall of those that are.
    /// </summary>
    /// <param name="groups">For each item the name of the group it was drawn with; null where items are independent.</param>
    /// <returns>Without bounds where the items that count are a single draw whose outcomes are no share, or where there are none.</returns>
    public static Interval Interval(Aggregate aggregate, double[] outcomes, IReadOnlyList<string>? groups = null)
    {
        var counted = Enumerable.Range(0, outcomes.Length).Where(i => Counts(aggregate, outcomes[i])).ToArray();
        var value = Value(aggregate, outcomes, counted);
        if (counted.Length == 0 && outcomes.Length > 0)
            return Statistics.Interval.NotEstimable(value);
        var draws = Draws(counted, groups);
        if (counted.Length > 0 && aggregate != Aggregate.F1 && Array.TrueForAll(counted, i => IsWhole(aggregate, outcomes[i])))
        {
            if (draws == counted.Length)
                return Wilson.Of(counted.Count(i => IsSuccess(aggregate, outcomes[i])), draws);
            if (value is 0 or 1)
                return Wilson.Of(value == 0 ? 0 : draws, draws);
        }

        if (draws == 1)
            return Statistics.Interval.NotEstimable(value);

        // F1 is no share, but where every draw says the same, the same is known of the next ones as of a share.
        if (aggregate == Aggregate.F1 && value is 0 or 1)
            return Wilson.Of(value == 0 ? 0 : draws, draws);
        return Bootstrap.Of(Members(outcomes.Length, groups), items => Defined(aggregate, outcomes, items));
    }

    /// <summary>First minus second over the same items, by the paired bootstrap.</summary>
    /// <returns>Without bounds where the items are a single draw, or where one of the two is undefined.</returns>
    public static Interval Difference(Aggregate aggregate, double[] first, double[] second, IReadOnlyList<string>? groups = null)
    {
        if (first.Length != second.Length)
            throw new ArgumentException($"{second.Length} outcomes are paired with {first.Length}.", nameof(second));
        var all = Enumerable.Range(0, first.Length).ToArray();
        var bounds = Bootstrap.Of(Members(first.Length, groups), items => Defined(aggregate, first, items) - Defined(aggregate, second, items));
        return bounds with { Value = Value(aggregate, first, all) - Value(aggregate, second, all) };
    }

    /// <returns>Not a number where the figure is undefined.</returns>
    private static double Defined(Aggregate aggregate, ReadOnlySpan<double> outcomes, ReadOnlySpan<int> items)
    {
        if (aggregate == Aggregate.Mean)
        {
            var sum = 0.0;
            foreach (var item in items)
                sum += outcomes[item];
            return sum / items.Length;
        }

        Span<int> counts = stackalloc int[4];
        counts.Clear();
        foreach (var item in items)
            counts[(int)outcomes[item]]++;
        var (falsePositive, falseNegative, truePositive) = (counts[1], counts[2], counts[3]);
        var of = aggregate switch
        {
            Aggregate.Precision => truePositive + falsePositive,
            Aggregate.Recall => truePositive + falseNegative,
            _ => truePositive + (falsePositive + falseNegative) / 2.0,
        };
        return truePositive / (double)of;
    }

    /// <summary>Whether the figure depends on an item of this outcome.</summary>
    private static bool Counts(Aggregate aggregate, double outcome) => aggregate switch
    {
        Aggregate.Mean => true,
        Aggregate.Precision => outcome is Decision.TruePositive or Decision.FalsePositive,
        Aggregate.Recall => outcome is Decision.TruePositive or Decision.FalseNegative,
        _ => outcome != Decision.TrueNegative,
    };

    private static bool IsWhole(Aggregate aggregate, double outcome) => aggregate != Aggregate.Mean || outcome is 0 or 1;

    private static bool IsSuccess(Aggregate aggregate, double outcome) => outcome == (aggregate == Aggregate.Mean ? 1 : Decision.TruePositive);

    private static int Draws(int[] items, IReadOnlyList<string>? groups) =>
        groups is null ? items.Length : items.Select(i => groups[i]).Distinct(StringComparer.Ordinal).Count();

    private static List<int[]> Members(int count, IReadOnlyList<string>? groups)
    {
        var items = Enumerable.Range(0, count);
        return [.. groups is null ? items.Select(static i => (int[])[i]) : items.GroupBy(i => groups[i], StringComparer.Ordinal).Select(static g => g.ToArray())];
    }
}
