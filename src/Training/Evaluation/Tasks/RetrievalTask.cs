using System.Globalization;
using UnifiedVlm.Training.Evaluation.Measures;
using UnifiedVlm.Training.Evaluation.Results;
using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Training.Evaluation.Tasks;

/// <summary>Recall of the right candidates among all of them.</summary>
public static class RetrievalTask
{
    private static readonly int[] Ranks = [1, 5, 10];

    /// <summary>Recall at 1, 5 and 10, by one similarity.</summary>
    /// <param name="task">As results call it.</param>
    /// <param name="ids">Of the queries.</param>
    /// <param name="right">For each query the rows of the right candidates, at least one.</param>
    /// <param name="parallel">How many queries rank at once, and until when.</param>
    public static IEnumerable<MeasureResult> Measure(
        string task, Similarity similarity, IReadOnlyList<string> ids, EmbeddingTable queries, EmbeddingTable candidates, IReadOnlyList<int[]> right, bool isHeadline,
        ParallelOptions parallel)
    {
        var outcomes = Ranks.Select(_ => new double[ids.Count]).ToArray();
        Parallel.For(0, ids.Count, parallel, q =>
        {
            var scores = similarity.Rank(queries, q, candidates);
            for (var k = 0; k < Ranks.Length; k++)
                outcomes[k][q] = RetrievalMeasure.RecallAt(Ranks[k], scores, right[q]);
        });
        for (var k = 0; k < Ranks.Length; k++)
        {
            var random = right.Average(r => RetrievalMeasure.RandomRecallAt(Ranks[k], candidates.Count, r.Length));
            yield return new MeasureResult(task, similarity.Name, string.Create(CultureInfo.InvariantCulture, $"R@{Ranks[k]}"), Aggregate.Mean, ids, outcomes[k], random)
            {
                IsHeadline = isHeadline && Ranks[k] < 10,
            };
        }
    }

    /// <summary>One measure over several galleries: each query looked in its own.</summary>
    /// <param name="galleries">The same measure, a gallery each; at least one.</param>
    public static MeasureResult Join(IReadOnlyList<MeasureResult> galleries) => galleries is [var only] ? only : galleries[0] with
    {
        Items = [.. galleries.SelectMany(static gallery => gallery.Items)],
        Outcomes = [.. galleries.SelectMany(static gallery => gallery.Outcomes)],
        Random = galleries.Sum(static gallery => gallery.Random * gallery.Items.Count) / galleries.Sum(static gallery => gallery.Items.Count),
        Groups = galleries[0].Groups is null ? null : [.. galleries.SelectMany(static gallery => gallery.Groups!)],
    };
}
