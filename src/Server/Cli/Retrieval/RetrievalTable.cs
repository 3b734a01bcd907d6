using System.Globalization;
using System.Text;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Server.Cli.Retrieval;

/// <summary>The figures of <c>uvlm eval retrieval</c> as Markdown.</summary>
internal static class RetrievalTable
{
    public static string Render(int questions, IReadOnlyList<RetrievalRow> rows)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{questions} questions; in brackets 95 % by the bootstrap over questions\n\n");
        text.Append("| search | nDCG@10 | recall@10 | recall@100 | MRR | p50 ms | p95 ms |\n|---|---|---|---|---|---|---|\n");
        foreach (var row in rows)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"| {row.Name} | {Share(row.Ndcg)} | {Share(row.Recall10)} | {Share(row.Recall100)} | {Share(row.Mrr)} | {Time(row.P50)} | {Time(row.P95)} |\n");
        }

        return text.ToString();
    }

    /// <summary>The weights that suit the questions best, as the file of a model that has them.</summary>
    /// <param name="now">The model's weights.</param>
    /// <param name="floor">Null where it can't be told.</param>
    public static string Render(RankingTuner tuner, int questions, FusionWeights now, SimilarityFloor? floor)
    {
        int[] all = [.. Enumerable.Range(0, questions)];
        var (best, ndcg) = tuner.Tune(all);
        var least = floor is null ? "" : string.Create(CultureInfo.InvariantCulture, $", \"min_similarity\": {floor.Cosine}");
        var about = floor is null
            ? "Too few right documents were found by vectors alone to say how similar evidence has to be."
            : string.Create(
                CultureInfo.InvariantCulture,
                $"A similarity of {floor.Cosine} is reached by {SimilarityFloor.Kept:P0} of the {floor.Right} right documents found by vectors alone and missed by {floor.Refused:P0} of the wrong ones among the first ten.");
        return string.Create(CultureInfo.InvariantCulture, $$"""

            nDCG@10 with the model's weights {{tuner.Score(now, all):0.000}}, with those that suit these questions best {{ndcg:0.000}}; {{tuner.CrossValidated():0.000}} on either half of the questions with those of the other half.
            {{about}} In the model's ranking.json:
            { "part_weight": {{best.Parts}}, "document_weight": {{best.Documents}}, "alignment_weight": {{best.Alignment}}{{least}} }

            """);
    }

    private static string Share(Interval of) => string.Create(CultureInfo.InvariantCulture, $"{of.Value:0.000} [{of.Bounds(static b => b.ToString("0.000", CultureInfo.InvariantCulture), ", ")}]");

    private static string Time(Interval of) => string.Create(CultureInfo.InvariantCulture, $"{of.Value:0.0} [{of.Bounds(static b => b.ToString("0.0", CultureInfo.InvariantCulture), ", ")}]");
}
