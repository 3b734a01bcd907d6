using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Storage.Search;
using UnifiedVlm.Torch.Alignment;
using UnifiedVlm.Training.Evaluation.Measures;
using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Server.Cli.Retrieval;

/// <summary>One way to search, and what it is worth: each figure with its interval over the questions.</summary>
internal sealed record RetrievalRow(string Name, Interval Ndcg, Interval Recall10, Interval Recall100, Interval Mrr, Interval P50, Interval P95);

/// <summary>Asks every question once for each way to search, one after the other.</summary>
internal sealed class RetrievalEvaluation(IQueryService queries, IReadOnlyList<JudgedQuestion> questions)
{
    private const int Shown = 10;
    private const int Found = 100;

    private static readonly (string Name, SearchLists Lists, RankingScore? Rerank)[] Ways =
    [
        ("parts only", SearchLists.Parts, null),
        ("documents only", SearchLists.Documents, null),
        ("text only", SearchLists.Text, null),
        ("pictures only", SearchLists.Pictures, null),
        ("fused", SearchLists.All, null),
        ("fused + alignment", SearchLists.All, RankingScore.LogKernelPerStep),
        ("fused + DTW", SearchLists.All, RankingScore.Dtw),
        ("fused + soft-DTW", SearchLists.All, RankingScore.SoftDtw),
        ("fused + MaxSim", SearchLists.All, RankingScore.MaxSim),
    ];

    public async Task<IReadOnlyList<RetrievalRow>> RunAsync(Action<int, int> progress, CancellationToken cancellationToken)
    {
        var rows = new List<RetrievalRow>();
        var done = 0;
        foreach (var (name, lists, rerank) in Ways)
        {
            var outcomes = new Outcome[questions.Count];
            // Once for the caches.
            await queries.SearchAsync(Request(questions[0], lists, rerank), cancellationToken);
            for (var q = 0; q < outcomes.Length; q++)
            {
                var response = await queries.SearchAsync(Request(questions[q], lists, rerank), cancellationToken);
                outcomes[q] = Outcome.Of([.. response.Hits.Select(static hit => hit.Id)], questions[q].Relevant, response.Timings.Total.TotalMilliseconds);
                progress(++done, questions.Count * Ways.Length);
            }

            rows.Add(new RetrievalRow(
                name, Mean(outcomes, static o => o.Ndcg), Mean(outcomes, static o => o.Recall10), Mean(outcomes, static o => o.Recall100), Mean(outcomes, static o => o.Reciprocal),
                Percentile(outcomes, 0.5), Percentile(outcomes, 0.95)));
        }

        return rows;
    }

    /// <summary>Asks every question once more, for the ranks of all its candidates in all lists.</summary>
    public async Task<IReadOnlyList<(IReadOnlyList<SearchHit> Candidates, IReadOnlyDictionary<string, double> Relevant)>> RankAsync(Action<int, int> progress, CancellationToken cancellationToken)
    {
        var answers = new List<(IReadOnlyList<SearchHit>, IReadOnlyDictionary<string, double>)>();
        foreach (var question in questions)
        {
            var request = Request(question, SearchLists.All, RankingScore.LogKernelPerStep) with { Candidates = Found };
            answers.Add(((await queries.SearchAsync(request, cancellationToken)).Hits, question.Relevant));
            progress(answers.Count, questions.Count);
        }

        return answers;
    }

    private static SearchRequest Request(JudgedQuestion question, SearchLists lists, RankingScore? rerank)
        => question.Question.ToSearch(Found) with { K = Found, Lists = lists, Rerank = rerank, Snippets = false };

    private static Interval Mean(Outcome[] outcomes, Func<Outcome, double> value) => Bootstrap.Of(Each(outcomes), items =>
    {
        var sum = 0.0;
        foreach (var item in items)
            sum += value(outcomes[item]);
        return sum / items.Length;
    });

    private static Interval Percentile(Outcome[] outcomes, double share) => Bootstrap.Of(Each(outcomes), items =>
    {
        var times = new double[items.Length];
        for (var i = 0; i < times.Length; i++)
            times[i] = outcomes[items[i]].Milliseconds;
        Array.Sort(times);
        return times[Math.Min((int)(share * times.Length), times.Length - 1)];
    });

    private static int[][] Each(Outcome[] outcomes) => [.. Enumerable.Range(0, outcomes.Length).Select(static i => (int[])[i])];

    private readonly record struct Outcome(double Ndcg, double Recall10, double Recall100, double Reciprocal, double Milliseconds)
    {
        public static Outcome Of(IReadOnlyList<string> ranked, IReadOnlyDictionary<string, double> relevant, double milliseconds) => new(
            GradedRanking.Ndcg(ranked, relevant, Shown), GradedRanking.Recall(ranked, relevant, Shown), GradedRanking.Recall(ranked, relevant, Found),
            GradedRanking.ReciprocalRank(ranked, relevant), milliseconds);
    }
}
