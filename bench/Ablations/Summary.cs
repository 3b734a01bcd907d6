using System.Globalization;
using System.Text;
using UnifiedVlm.Training.Evaluation.Results;
using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Bench.Ablations;

/// <summary>The study as Markdown.</summary>
internal static class Summary
{
    /// <param name="runs">By variation, the results of its seeds.</param>
    public static string Render(IReadOnlyList<(Variation Variation, IReadOnlyList<EvaluationResult> Seeds)> runs, double budget)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Ablations\n\nEach run has {budget / 1e15:0.###} PFLOP from the same weights. In percent: the mean over the seeds, and the lowest and highest of them where there are several.\n\n");
        Header(text, "trained with");
        foreach (var (variation, seeds) in runs)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {variation.Label} |");
            foreach (var figure in Figure.All)
                text.Append(CultureInfo.InvariantCulture, $" {Cell([.. seeds.Select(figure.In).OfType<MeasureResult>().Select(static m => m.Interval.Value)])} |");
            text.Append('\n');
        }

        if (runs.FirstOrDefault(static run => run.Variation.Name == "unified") is { Seeds: { } unified })
            Differences(text, unified, runs.Where(static run => run.Variation.Name != "unified"));
        return text.ToString();
    }

    private static void Differences(StringBuilder text, IReadOnlyList<EvaluationResult> unified, IEnumerable<(Variation Variation, IReadOnlyList<EvaluationResult> Seeds)> others)
    {
        text.Append("\nUnified minus the others, in points, seed by seed over the same items, with 95 % bounds (bootstrap over the items of all seeds together).\n\n");
        Header(text, "minus");
        foreach (var (variation, seeds) in others)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {variation.Label} |");
            foreach (var figure in Figure.All)
                text.Append(CultureInfo.InvariantCulture, $" {Difference(figure, unified, seeds)} |");
            text.Append('\n');
        }
    }

    private static string Difference(Figure figure, IReadOnlyList<EvaluationResult> first, IReadOnlyList<EvaluationResult> second)
    {
        var pairs = first.Zip(second, (a, b) => (First: figure.In(a), Second: figure.In(b)))
            .Where(static pair => pair.First is not null && pair.Second is not null && pair.First.Items.SequenceEqual(pair.Second.Items)).ToList();
        if (pairs.Count == 0)
            return "";

        // An item is the same for every seed, so its outcomes are drawn together.
        var groups = pairs.SelectMany(static pair => pair.First!.Groups ?? pair.First.Items).ToList();
        var difference = Aggregation.Difference(
            pairs[0].First!.Aggregate, [.. pairs.SelectMany(static pair => pair.First!.Outcomes)], [.. pairs.SelectMany(static pair => pair.Second!.Outcomes)], groups);
        return string.Create(CultureInfo.InvariantCulture, $"{100 * difference.Value:+0.0;-0.0} ({100 * difference.Low:+0.0;-0.0} to {100 * difference.High:+0.0;-0.0})");
    }

    private static void Header(StringBuilder text, string first) => text
        .Append(CultureInfo.InvariantCulture, $"| {first} | {string.Join(" | ", Figure.All.Select(static f => f.Label))} |\n")
        .Append('|').Insert(text.Length, "---|", Figure.All.Count + 1).Append('\n');

    private static string Cell(double[] values) => values.Length switch
    {
        0 => "",
        1 => (100 * values[0]).ToString("0.0", CultureInfo.InvariantCulture),
        _ => string.Create(CultureInfo.InvariantCulture, $"{100 * values.Average():0.0} ({100 * values.Min():0.0} to {100 * values.Max():0.0})"),
    };
}
