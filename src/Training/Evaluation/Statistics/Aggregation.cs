namespace UnifiedVlm.Training.Evaluation.Statistics;

/// <summary>Figures with their intervals from the outcomes of single items.</summary>
public static class Aggregation
{
    /// <summary>The figure alone. 0 where it is undefined: no item was decided yes, or none is.</summary>
    public static double Value(Aggregate aggregate, ReadOnlySpan<double> outcomes, ReadOnlySpan<int> items)
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
        return of == 0 ? 0 : truePositive / of;
    }

    /// <summary>
    /// Wilson's interval for shares of whole successes among independent items, and among groups that are all right or all wrong, of which the
    /// bootstrap would be certain; the bootstrap's for everything else.
    /// </summary>
    /// <param name="groups">For each item the name of the group it was drawn with; null where items are independent.</param>
    public static Interval Interval(Aggregate aggregate, double[] outcomes, IReadOnlyList<string>? groups = null)
    {
        if (aggregate == Aggregate.Mean && outcomes.Length > 0 && outcomes.All(static o => o is 0 or 1))
        {
            var successes = outcomes.Count(static o => o == 1);
            var draws = groups?.Distinct(StringComparer.Ordinal).Count() ?? outcomes.Length;
            if (draws == outcomes.Length)
                return Wilson.Of(successes, draws);
            if (successes == 0 || successes == outcomes.Length)
                return Wilson.Of(successes == 0 ? 0 : draws, draws);
        }

        return Bootstrap.Of(Members(outcomes.Length, groups), items => Value(aggregate, outcomes, items));
    }

    /// <summary>First minus second over the same items, by the paired bootstrap.</summary>
    public static Interval Difference(Aggregate aggregate, double[] first, double[] second, IReadOnlyList<string>? groups = null)
    {
        if (first.Length != second.Length)
            throw new ArgumentException($"{second.Length} outcomes are paired with {first.Length}.", nameof(second));
        return Bootstrap.Of(Members(first.Length, groups), items => Value(aggregate, first, items) - Value(aggregate, second, items));
    }

    private static List<int[]> Members(int count, IReadOnlyList<string>? groups)
    {
        var items = Enumerable.Range(0, count);
        return [.. groups is null ? items.Select(static i => (int[])[i]) : items.GroupBy(i => groups[i], StringComparer.Ordinal).Select(static g => g.ToArray())];
    }
}
