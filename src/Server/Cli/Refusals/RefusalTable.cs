using System.Globalization;
using System.Text;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Training.Evaluation.Refusals;
using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Server.Cli.Refusals;

/// <summary>The figures of <c>uvlm eval refusal</c> as Markdown.</summary>
internal static class RefusalTable
{
    /// <param name="leftOut">Questions that nothing is decided on.</param>
    /// <param name="now">The model's weights; null where it has none.</param>
    /// <param name="weights">Fitted to other questions; null where these have to do.</param>
    public static string Render(int leftOut, IReadOnlyList<(RefusalSigns Signs, bool IsAnswerable)> questions, RefusalSettings? now, bool tune, RefusalSettings? weights)
    {
        var tuner = new RefusalTuner(questions);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{questions.Count} questions, {questions.Count(static q => !q.IsAnswerable)} of them without an answer in the evidence");
        text.Append(CultureInfo.InvariantCulture, $"{(leftOut > 0 ? $"; {leftOut} that are not decided on are left out" : "")}; in brackets 95 % by the bootstrap\n\n");
        text.Append("| refused by | F1 | precision | recall |\n|---|---|---|---|\n");
        if (now is not null)
            Row(text, "the model's refusal.json", tuner.Outcomes(now));
        Row(text, "the likelihood of the refusal, with the best threshold for these questions", tuner.Outcomes(tuner.FitThreshold()));
        if (!tune)
            return text.ToString();
        var fitted = weights is null ? tuner.Fit() : tuner.WithBestBias(weights);
        var what = weights is null ? "fitted" : "the bias fitted";
        Row(text, $"both signs, {what} to these questions", tuner.Outcomes(fitted));
        Row(text, $"both signs, {what} to the other half of them", tuner.CrossValidated(weights));
        return text.Append(CultureInfo.InvariantCulture, $"\nIn the model's {RefusalSettings.FileName}:\n{fitted}\n").ToString();
    }

    private static void Row(StringBuilder text, string name, double[] outcomes)
    {
        text.Append(CultureInfo.InvariantCulture, $"| {name} ");
        foreach (var aggregate in new[] { Aggregate.F1, Aggregate.Precision, Aggregate.Recall })
        {
            var interval = Aggregation.Interval(aggregate, outcomes);
            text.Append(CultureInfo.InvariantCulture, $"| {Percent(interval.Value)} ({interval.Bounds(Percent, " to ")}) ");
        }

        text.Append("|\n");
    }

    private static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture);
}
