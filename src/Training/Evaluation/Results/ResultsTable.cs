using System.Globalization;
using System.Text;

namespace UnifiedVlm.Training.Evaluation.Results;

/// <summary><c>results.md</c>: a table for each set, every figure beside chance and, where it makes sense, beside the text alone.</summary>
public static class ResultsTable
{
    public const string FileName = "results.md";

    /// <summary>The whole table: the head and then every set.</summary>
    public static string Render(EvaluationResult result) => string.Concat([Head(result), .. result.Sets.Select(Of)]);

    /// <summary>What stands before the sets.</summary>
    public static string Head(EvaluationResult result)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Evaluation of {result.Model}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"Fingerprint `{result.Fingerprint}`. All figures in percent, with 95 % intervals over the items.\n");
        if (!result.IsTrained)
            text.Append("\n**The weights come from a seed; nothing was learned.** Every figure should lie at chance.\n");
        return text.ToString();
    }

    /// <summary>One set.</summary>
    public static string Of(SetResult set)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"\n## {set.Name}\n\n{set.Count} items ({set.Format}), {set.Seconds:0.0} s.");
        if (set.Note is not null)
            text.Append(CultureInfo.InvariantCulture, $" {set.Note}.");
        text.Append("\n\n| task | by | measure | % | 95 % | chance | text alone | n |\n|---|---|---|---|---|---|---|---|\n");
        foreach (var measure in set.Measures)
        {
            var textOnly = measure.TextOnly is { } alone ? $"{Figures.Percent(alone.Interval.Value)} ({Figures.Bounds(alone.Interval)})" : "";
            text.Append(CultureInfo.InvariantCulture,
                $"| {Figures.Cell(measure.Task)} | {measure.Score} | {measure.Name} | {Figures.Percent(measure.Interval.Value)} | {Figures.Bounds(measure.Interval)} | {(measure.Random is { } random ? Figures.Percent(random) : "")} | {textOnly} | {measure.Outcomes.Length} |\n");
        }

        return text.ToString();
    }
}
