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
    /// <exception cref="SetFormatException">The set can't be read, or an item can't be put to the model.</exception>
    public static SetResult Run(IEvaluatedModel model, SetEntry entry, int? max, IReadOnlyCollection<string>? scores, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var set = SetLoader.Load(entry, max);
        var measures = IEvaluationTask.For(set, scores).Run(model, cancellationToken).ToList();
        return new SetResult(set.Name, SetManifest.NameOf(entry.Format), set.Count, clock.Elapsed.TotalSeconds, set.Note, measures);
    }
}
