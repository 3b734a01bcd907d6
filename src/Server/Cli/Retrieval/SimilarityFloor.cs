using UnifiedVlm.Actors.Queries;

namespace UnifiedVlm.Server.Cli.Retrieval;

/// <summary>How similar a part has to be for a document without a common word or picture to count as evidence: what nearly all right documents reach.</summary>
/// <param name="Cosine">Reached by <see cref="Kept"/> of the right documents that were found by vectors alone.</param>
/// <param name="Right">How many those are.</param>
/// <param name="Refused">The share of the wrong documents among the first ten, likewise found by vectors alone, that do not reach it.</param>
internal sealed record SimilarityFloor(double Cosine, int Right, double Refused)
{
    public const double Kept = 0.95;

    private const int Shown = 10;

    // The lowest one in twenty of fewer is chance.
    private const int Fewest = 40;

    /// <param name="answers">For each question its hits, best first, and the grades.</param>
    /// <returns>Null: too few right documents were found by vectors alone.</returns>
    public static SimilarityFloor? Of(IReadOnlyList<(IReadOnlyList<SearchHit> Hits, IReadOnlyDictionary<string, double> Relevant)> answers)
    {
        double[] right = [.. answers.SelectMany(static answer => ByVectors(answer.Hits).Where(hit => IsRight(answer.Relevant, hit)).Select(Similarity)).Order()];
        if (right.Length < Fewest)
            return null;
        // Down to two digits: the file is read by people.
        var floor = Math.Floor(100 * right[(int)((1 - Kept) * right.Length)]) / 100;
        double[] wrong = [.. answers.SelectMany(static answer => ByVectors(answer.Hits.Take(Shown)).Where(hit => !IsRight(answer.Relevant, hit)).Select(Similarity))];
        return new SimilarityFloor(floor, right.Length, wrong.Length == 0 ? 0 : wrong.Count(similarity => similarity < floor) / (double)wrong.Length);
    }

    private static IEnumerable<SearchHit> ByVectors(IEnumerable<SearchHit> hits) => hits.Where(static hit => hit.TextRank is null && hit.PictureRank is null && hit.Matches.Count > 0);

    private static bool IsRight(IReadOnlyDictionary<string, double> relevant, SearchHit hit) => relevant.GetValueOrDefault(hit.Id) > 0;

    private static double Similarity(SearchHit hit) => hit.Matches.Max(static match => match.Similarity);
}
