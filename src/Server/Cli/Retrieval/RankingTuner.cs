using UnifiedVlm.Actors.Queries;

namespace UnifiedVlm.Server.Cli.Retrieval;

/// <summary>
/// Finds what the lists of candidates should weigh for the judged questions: of a grid of weights those with the best mean nDCG@10. The searches are done already, only their
/// ranks are put together anew.
/// </summary>
/// <param name="answers">For each question its candidates with their ranks, and the grades.</param>
internal sealed class RankingTuner(IReadOnlyList<(IReadOnlyList<SearchHit> Candidates, IReadOnlyDictionary<string, double> Relevant)> answers, double rankConstant)
{
    private const int Shown = 10;

    // Not 0: what only that list has found would stand in no order.
    private static readonly double[] Grid = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];

    private readonly Candidate[][] questions = [.. answers.Select(static answer => answer.Candidates.Select(hit => new Candidate(hit, answer.Relevant.GetValueOrDefault(hit.Id))).ToArray())];

    private readonly double[] best = [.. answers.Select(static answer => Gain(answer.Relevant.Values.OrderDescending()))];

    /// <summary>The best weights for some of the questions; of several that are equally good the smallest.</summary>
    public (FusionWeights Weights, double Ndcg) Tune(IReadOnlyList<int> among)
    {
        var all = from parts in Grid from documents in Grid from alignment in Grid select new FusionWeights(parts, documents, alignment);
        return all.AsParallel().AsOrdered()
            .Select(weights => (Weights: weights, Ndcg: Score(weights, among)))
            // One after the other from here on: of equals the first one counts.
            .ToArray()
            .Aggregate(static (one, other) => other.Ndcg > one.Ndcg + 1e-9 ? other : one);
    }

    /// <summary>The mean nDCG@10 of weights that were chosen by the other half of the questions: what new questions may expect.</summary>
    public double CrossValidated()
    {
        int[][] halves = [Half(0), Half(1)];
        return ((Score(Tune(halves[0]).Weights, halves[1]) * halves[1].Length) + (Score(Tune(halves[1]).Weights, halves[0]) * halves[0].Length)) / questions.Length;

        int[] Half(int rest) => [.. Enumerable.Range(0, questions.Length).Where(q => q % 2 == rest)];
    }

    /// <summary>Mean nDCG@10.</summary>
    public double Score(FusionWeights weights, IReadOnlyList<int> among)
    {
        var sum = 0.0;
        foreach (var q in among)
            sum += Ndcg(weights, q);
        return among.Count == 0 ? 0 : sum / among.Count;
    }

    private double Ndcg(FusionWeights weights, int question)
    {
        var candidates = questions[question];
        var scores = new (double Score, double Grade)[candidates.Length];
        for (var i = 0; i < candidates.Length; i++)
            scores[i] = (-weights.Score(candidates[i].Part, candidates[i].Document, candidates[i].Text, candidates[i].Picture, candidates[i].Alignment, rankConstant), candidates[i].Grade);

        // What can't be told apart counts as in the wrong order: weights that say nothing must not look good.
        Array.Sort(scores);
        return Gain(scores.Select(static s => s.Grade)) / best[question];
    }

    private static double Gain(IEnumerable<double> grades) => grades.Take(Shown).Select(static (grade, i) => grade / Math.Log2(i + 2)).Sum();

    private readonly struct Candidate(SearchHit hit, double grade)
    {
        public int? Part { get; } = hit.PartRank;

        public int? Document { get; } = hit.DocumentRank;

        public int? Text { get; } = hit.TextRank;

        public int? Picture { get; } = hit.PictureRank;

        public int? Alignment { get; } = hit.AlignmentRank;

        public double Grade { get; } = grade;
    }
}
