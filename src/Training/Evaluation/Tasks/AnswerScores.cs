using UnifiedVlm.Model.Generation;
using UnifiedVlm.Training.Evaluation.Measures;
using UnifiedVlm.Training.Evaluation.Results;
using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Training.Evaluation.Tasks;

/// <summary>Generated texts against the right ones. Chance is another item's right text in the place of the generated one.</summary>
public static class AnswerScores
{
    public const string ExactMatch = "exact match";
    public const string TokenF1 = "token F1";
    public const string RougeL = "ROUGE-L";
    public const string Generation = "generation";

    /// <summary>Share of the texts that the model ended, not <c>max_tokens</c>; only where that is not all of them.</summary>
    public const string Complete = "complete";

    private const int Draws = 10;

    private static readonly (string Name, Func<string, IReadOnlyList<string>, double> Score)[] Scores =
        [(ExactMatch, AnswerMeasure.ExactMatch), (TokenF1, AnswerMeasure.TokenF1), (RougeL, AnswerMeasure.RougeL)];

    /// <param name="right">For each item its right answers, at least one.</param>
    /// <param name="groups">For each item the name of the group it was drawn with; null where items are independent.</param>
    public static IEnumerable<MeasureResult> Measure(
        string task, IReadOnlyList<string> ids, IReadOnlyList<GeneratedText> answers, IReadOnlyList<IReadOnlyList<string>> right, IReadOnlyList<string>? groups = null)
    {
        foreach (var (name, score) in Scores)
        {
            yield return new MeasureResult(task, Generation, name, Aggregate.Mean, ids, [.. answers.Zip(right, (answer, r) => score(answer.Text, r))], RandomScore(right, score))
            {
                Groups = groups,
                IsHeadline = name != RougeL,
            };
        }

        // Whoever reads a low score is to see that the limit made it.
        if (answers.Any(static answer => !answer.IsComplete))
            yield return new MeasureResult(task, Generation, Complete, Aggregate.Mean, ids, [.. answers.Select(static answer => answer.IsComplete ? 1.0 : 0)], null) { Groups = groups };
    }

    /// <summary>The mean over random items' first answers; the same for the same set. Null for a single item.</summary>
    private static double? RandomScore(IReadOnlyList<IReadOnlyList<string>> right, Func<string, IReadOnlyList<string>, double> score)
    {
        if (right.Count < 2)
            return null;
        var state = (ulong)right.Count;
        var sum = 0.0;
        for (var i = 0; i < right.Count * Draws; i++)
        {
            var item = i % right.Count;
            var other = (item + 1 + (int)(SplitMix64.Next(ref state) % (ulong)(right.Count - 1))) % right.Count;
            sum += score(right[other][0], right[item]);
        }

        return sum / (right.Count * Draws);
    }
}
