using System.Globalization;
using System.Text;
using UnifiedVlm.Training.Evaluation.Results;
using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Bench.Ablations;

/// <summary>The study as Markdown.</summary>
internal static class Summary
{
    /// <param name="runs">By variation, the results of its seeds.</param>
    /// <param name="kept">Share of what the trainings have changed that was kept.</param>
    public static string Render(IReadOnlyList<(Variation Variation, IReadOnlyList<EvaluationResult> Seeds)> runs, double budget, double kept)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Ablations\n\nEach run has {budget / 1e15:0.###} PFLOP from the same weights{(kept < 1 ? FormattableString.Invariant($", of whose change {kept} is kept") : "")}. In percent: the mean over the seeds, and the lowest and highest of them where there are several.\n\n");
        Table(text, "trained with", runs, static (seeds, figure) => Cell([.. seeds.Select(figure.In).OfType<MeasureResult>().Select(static m => m.Interval.Value)]));
        if (runs.FirstOrDefault(static run => run.Variation.Name == "unified") is { Seeds: { } unified })
        {
            text.Append("\nUnified minus the others, in points, seed by seed over the same items, with 95 % bounds (bootstrap over the items of all seeds together).\n\n");
            Table(text, "minus", runs.Where(static run => run.Variation.Name != "unified"), (seeds, figure) => Difference(figure, unified, seeds));
        }

        return text.ToString();
    }

    /// <summary>A row for each variation, a column for each figure.</summary>
    private static void Table(
        StringBuilder text, string corner, IEnumerable<(Variation Variation, IReadOnlyList<EvaluationResult> Seeds)> runs, Func<IReadOnlyList<EvaluationResult>, Figure, string> cell)
    {
        Row(text, [corner, .. Figure.All.Select(static figure => figure.Label)]);
        Row(text, [.. Enumerable.Repeat("---", Figure.All.Count + 1)]);
        foreach (var (variation, seeds) in runs)
            Row(text, [variation.Label, .. Figure.All.Select(figure => cell(seeds, figure))]);
    }

    private static void Row(StringBuilder text, string[] cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

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
        return string.Create(CultureInfo.InvariantCulture, $"{100 * difference.Value:+0.0;-0.0;0.0} ({100 * difference.Low:+0.0;-0.0;0.0} to {100 * difference.High:+0.0;-0.0;0.0})");
    }

    private static string Cell(double[] values) => values.Length switch
    {
        0 => "",
        1 => (100 * values[0]).ToString("0.0", CultureInfo.InvariantCulture),
        _ => string.Create(CultureInfo.InvariantCulture, $"{100 * values.Average():0.0} ({100 * values.Min():0.0} to {100 * values.Max():0.0})"),
    };
}
