using System.Globalization;
using System.Text;
using UnifiedVlm.Server.Cli.Retrieval;
using UnifiedVlm.Training.Evaluation.Measures;
using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Server.Cli.Indexes;

/// <summary>The figures of <c>uvlm index compare</c> as Markdown.</summary>
internal static class ComparisonTable
{
    /// <param name="sampled">What is right for a question is the document that it was made of.</param>
    public static string Render(IReadOnlyList<JudgedQuestion> questions, AskedIndex old, AskedIndex other, int k, bool sampled)
    {
        var judged = Enumerable.Range(0, questions.Count).Where(q => questions[q].Relevant.Count > 0).ToArray();
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{questions.Count} questions{(sampled ? ", each a span of the stored document that counts as right" : $", {judged.Length} of them judged")}; ");
        text.Append("in brackets 95 % by the bootstrap over questions\n\n");
        text.Append(CultureInfo.InvariantCulture, $"| search | generation | model | nDCG@{k} | recall@{k} | MRR | p50 ms | p95 ms |\n|---|---|---|---|---|---|---|---|\n");
        for (var way = 0; way < AskedIndex.Searches.Length; way++)
        {
            foreach (var index in (AskedIndex[])[old, other])
            {
                var asked = index.Ways[way];
                text.Append(CultureInfo.InvariantCulture, $"| {AskedIndex.Searches[way].Name} | {index.Generation.Id} | {index.Generation.Fingerprint} ");
                text.Append(CultureInfo.InvariantCulture, $"| {Mean(judged, q => GradedRanking.Ndcg(asked[q].Ids, questions[q].Relevant, k))} ");
                text.Append(CultureInfo.InvariantCulture, $"| {Mean(judged, q => GradedRanking.Recall(asked[q].Ids, questions[q].Relevant, k))} ");
                text.Append(CultureInfo.InvariantCulture, $"| {Mean(judged, q => GradedRanking.ReciprocalRank(asked[q].Ids, questions[q].Relevant))} ");
                text.Append(CultureInfo.InvariantCulture, $"| {Percentile(asked, 0.5):0.0} | {Percentile(asked, 0.95):0.0} |\n");
            }
        }

        text.Append(CultureInfo.InvariantCulture, $"\n| search | overlap@{k} | same first |\n|---|---|---|\n");
        var all = Enumerable.Range(0, questions.Count).ToArray();
        for (var way = 0; way < AskedIndex.Searches.Length; way++)
        {
            var (left, right) = (old.Ways[way], other.Ways[way]);
            text.Append(CultureInfo.InvariantCulture, $"| {AskedIndex.Searches[way].Name} | {Mean(all, q => Overlap(left[q].Ids, right[q].Ids))} ");
            text.Append(CultureInfo.InvariantCulture, $"| {Mean(all, q => left[q].Ids.FirstOrDefault() == right[q].Ids.FirstOrDefault() ? 1 : 0)} |\n");
        }

        return text.ToString();
    }

    /// <summary>The share of what the one found that the other found too; 1 where neither found anything.</summary>
    internal static double Overlap(IReadOnlyList<string> left, IReadOnlyList<string> right)
    {
        var most = Math.Max(left.Count, right.Count);
        return most == 0 ? 1 : (double)left.Intersect(right, StringComparer.Ordinal).Count() / most;
    }

    private static string Mean(int[] items, Func<int, double> value)
    {
        if (items.Length == 0)
            return "-";
        var values = items.Select(value).ToArray();
        var mean = Bootstrap.Of([.. Enumerable.Range(0, values.Length).Select(static i => (int[])[i])], chosen =>
        {
            var sum = 0.0;
            foreach (var i in chosen)
                sum += values[i];
            return sum / chosen.Length;
        });
        return string.Create(CultureInfo.InvariantCulture, $"{mean.Value:0.000} [{mean.Bounds(static b => b.ToString("0.000", CultureInfo.InvariantCulture), ", ")}]");
    }

    private static double Percentile(AskedQuestion[] asked, double share)
    {
        var times = asked.Select(static a => a.Milliseconds).Order().ToArray();
        return times[Math.Min((int)(share * times.Length), times.Length - 1)];
    }
}
