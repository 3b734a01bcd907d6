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
    /// <param name="keepGoing">Items that can't be used are left out and named in the result; otherwise the first of them ends the evaluation.</param>
    /// <exception cref="SetFormatException">The set can't be read, or an item can't be put to the model; names the set and the item.</exception>
    public static SetResult Run(IEvaluatedModel model, SetEntry entry, int? max, IReadOnlyCollection<string>? scores, bool keepGoing, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var reading = keepGoing ? ItemReading.KeepingGoing() : ItemReading.Strict;
        var set = SetLoader.Load(entry, max, reading);
        if (keepGoing)
            set = WithoutUnusable(model, entry, set, reading, cancellationToken);
        List<MeasureResult> measures;
        try
        {
            measures = [.. IEvaluationTask.For(set, scores).Run(model, cancellationToken)];
        }
        catch (Exception e) when (Refused(e) is { } error)
        {
            throw new SetFormatException($"set {set.Name}", error.Message, error);
        }

        return new SetResult(set.Name, SetManifest.NameOf(entry.Format), set.Count, clock.Elapsed.TotalSeconds, Note(set, reading), measures)
        {
            Digest = ContentsDigest.Of(set),
            Candidates = set.Candidates,
            TokenLimit = set.TokenLimit,
            LeftOut = reading.LeftOut,
        };
    }

    private static EvaluationSet WithoutUnusable(IEvaluatedModel model, SetEntry entry, EvaluationSet set, ItemReading reading, CancellationToken cancellationToken)
    {
        var problems = model.Problems([.. set.Contents], set.Pictures, cancellationToken);
        var unusable = new HashSet<int>();
        for (var i = 0; i < problems.Count; i++)
        {
            if (problems[i] is not { } problem)
                continue;
            unusable.Add(i);
            reading.Leave(problem);
        }

        return unusable.Count < set.Count ? set.Without(unusable) : throw SetLoader.Empty(entry, reading);
    }

    private static string? Note(EvaluationSet set, ItemReading reading)
    {
        if (reading.LeftOut.Count == 0)
            return set.Note;
        var note = $"{reading.LeftOut.Count} {(reading.LeftOut.Count == 1 ? "item is" : "items are")} left out: {(reading.LeftOut.Count == 1 ? "it" : "they")} can't be used";
        return set.Note is null ? note : $"{set.Note}; {note}";
    }

    /// <summary>Items are prepared in parallel, so what stops one may come wrapped.</summary>
    private static SetFormatException? Refused(Exception error) =>
        error as SetFormatException ?? (error as AggregateException)?.InnerExceptions.OfType<SetFormatException>().FirstOrDefault();
}
