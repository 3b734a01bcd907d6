using UnifiedVlm.Torch.Alignment;

namespace UnifiedVlm.Training.Evaluation.Tasks;

/// <summary>One way to compare two contents: by their document vectors, or by their sequences of part vectors.</summary>
public sealed class Similarity
{
    private readonly RankingOptions? ranking;

    private Similarity(string name, RankingOptions? ranking)
    {
        Name = name;
        this.ranking = ranking;
    }

    /// <summary>As results call it.</summary>
    public string Name { get; }

    /// <summary>Cosine of the document vectors.</summary>
    public static Similarity Summary { get; } = new("summary", null);

    /// <summary>The alignment kernel over the part vectors, as search ranks by it.</summary>
    public static Similarity Alignment { get; } = Of("alignment", RankingScore.LogKernelPerStep);

    /// <summary>Every other way of comparing sequences, for a look beside.</summary>
    public static IReadOnlyList<Similarity> Others { get; } =
    [
        Of("normalised alignment", RankingScore.NormalizedLogKernelPerStep),
        Of("DTW", RankingScore.Dtw),
        Of("soft-DTW", RankingScore.SoftDtw),
        Of("MaxSim", RankingScore.MaxSim),
        Of("mean", RankingScore.Mean),
    ];

    /// <summary>Every name, as <c>uvlm eval --scores</c> takes them.</summary>
    public static IReadOnlyList<string> Names { get; } = [Summary.Name, Alignment.Name, .. Others.Select(static other => other.Name)];

    /// <summary>Scores all candidates against one content; higher is better.</summary>
    /// <returns>[candidates].</returns>
    public float[] Rank(EmbeddingTable queries, int query, EmbeddingTable candidates)
    {
        var scores = new float[candidates.Count];
        if (ranking is null)
            AlignmentKernel.Rank(queries.DocumentOf(query), candidates.Documents, scores, new RankingOptions { Score = RankingScore.Mean });
        else
            AlignmentKernel.Rank(queries.PartsOf(query), candidates.Parts, scores, ranking);
        return scores;
    }

    /// <summary>Scores one pair.</summary>
    public float Of(EmbeddingTable table, int first, int second) => Of(table, first, table, second);

    /// <summary>Scores one pair of two tables.</summary>
    public float Of(EmbeddingTable queries, int query, EmbeddingTable candidates, int candidate)
    {
        Span<float> score = stackalloc float[1];
        var isSummary = ranking is null;
        AlignmentKernel.Rank(
            isSummary ? queries.DocumentOf(query) : queries.PartsOf(query),
            PackedSequences.Single(isSummary ? candidates.DocumentOf(candidate) : candidates.PartsOf(candidate), candidates.Dimension),
            score,
            ranking ?? new RankingOptions { Score = RankingScore.Mean });
        return score[0];
    }

    private static Similarity Of(string name, RankingScore score) => new(name, new RankingOptions { Score = score });
}
