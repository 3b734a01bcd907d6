using System.Diagnostics;
using UnifiedVlm.Training.Evaluation.Probes;
using UnifiedVlm.Training.Evaluation.Results;
using UnifiedVlm.Training.Evaluation.Sets;
using UnifiedVlm.Training.Evaluation.Tasks;

namespace UnifiedVlm.Training.Evaluation;

/// <summary>Runs everything that is measured on a set (docs/evaluation.md).</summary>
public static class Evaluator
{
    /// <param name="max">The first so many items of the set; null for all.</param>
    /// <param name="scores">Of the similarities that stories are measured by, the names of those wanted; null for all.</param>
    /// <exception cref="SetFormatException">The set can't be read, or an item can't be put to the model; names the set and the item.</exception>
    public static SetResult Run(IEvaluatedModel model, SetEntry entry, int? max, IReadOnlyCollection<string>? scores, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var set = SetLoader.Load(entry, max);
        List<MeasureResult> measures;
        try
        {
            measures = [.. IEvaluationTask.For(set, scores).Run(model, cancellationToken)];
        }
        catch (Exception e) when (Refused(e) is { } error)
        {
            throw new SetFormatException($"set {set.Name}", error.Message, error);
        }

        return new SetResult(set.Name, SetManifest.NameOf(entry.Format), set.Count, clock.Elapsed.TotalSeconds, set.Note, measures);
    }

    /// <summary>Items are prepared in parallel, so what stops one may come wrapped.</summary>
    private static SetFormatException? Refused(Exception error) =>
        error as SetFormatException ?? (error as AggregateException)?.InnerExceptions.OfType<SetFormatException>().FirstOrDefault();
}
