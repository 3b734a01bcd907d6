using System.Globalization;
using System.Text;
using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Training.Evaluation.Results;

/// <summary>Two models item by item: what differs by more than the choice of items explains.</summary>
public static class Comparison
{
    /// <summary>Every figure that both have, over the items that both have.</summary>
    public static IEnumerable<MeasureDifference> Of(EvaluationResult first, EvaluationResult second)
    {
        foreach (var set in first.Sets)
        {
            if (second.Sets.FirstOrDefault(other => other.Name == set.Name) is not { } other)
                continue;
            foreach (var measure in set.Measures)
            {
                var pair = other.Measures.FirstOrDefault(m => m.Task == measure.Task && m.Score == measure.Score && m.Name == measure.Name && m.Aggregate == measure.Aggregate);
                if (pair is not null && Compare(set.Name, measure, pair) is { } difference)
                    yield return difference;
            }
        }
    }

    /// <summary>As a table.</summary>
    public static string Render(string first, string second, IEnumerable<MeasureDifference> differences)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"First: {first}. Second: {second}. In percent; the difference is first minus second over the same items, with 95 % bounds.\n\n");
        text.Append("| set | task | by | measure | n | first | second | difference | 95 % |\n|---|---|---|---|---|---|---|---|---|\n");
        foreach (var d in differences)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"| {Figures.Cell(d.Set)} | {Figures.Cell(d.Task)} | {d.Score} | {d.Name} | {d.Count} | {Figures.Percent(d.First)} | {Figures.Percent(d.Second)} | {Figures.Signed(d.Difference.Value)} | {Figures.Signed(d.Difference.Low)} to {Figures.Signed(d.Difference.High)} |\n");
        }

        return text.ToString();
    }

    private static MeasureDifference? Compare(string set, MeasureResult first, MeasureResult second)
    {
        var other = second.Items.Zip(second.Outcomes).ToLookup(static p => p.First, static p => p.Second, StringComparer.Ordinal);
        var common = Enumerable.Range(0, first.Items.Count).Where(i => other.Contains(first.Items[i])).ToList();
        if (common.Count == 0)
            return null;
        double[] mine = [.. common.Select(i => first.Outcomes[i])], theirs = [.. common.Select(i => other[first.Items[i]].First())];
        var groups = first.Groups is { } names ? common.ConvertAll(i => names[i]) : null;
        var all = Enumerable.Range(0, common.Count).ToArray();
        return new MeasureDifference(
            set, first.Task, first.Score, first.Name, common.Count,
            Aggregation.Value(first.Aggregate, mine, all), Aggregation.Value(first.Aggregate, theirs, all), Aggregation.Difference(first.Aggregate, mine, theirs, groups));
    }
}
