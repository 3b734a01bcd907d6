using System.Globalization;
using System.Text;
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

    private static string Share(Interval of) => string.Create(CultureInfo.InvariantCulture, $"{of.Value:0.000} [{of.Low:0.000}, {of.High:0.000}]");

    private static string Time(Interval of) => string.Create(CultureInfo.InvariantCulture, $"{of.Value:0.0} [{of.Low:0.0}, {of.High:0.0}]");
}
