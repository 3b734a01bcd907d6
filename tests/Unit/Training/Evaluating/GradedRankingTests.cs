using UnifiedVlm.Training.Evaluation.Measures;

namespace UnifiedVlm.Tests.Unit.Training.Evaluating;

public sealed class GradedRankingTests
{
    private static readonly Dictionary<string, double> Relevant = new() { ["a"] = 3, ["b"] = 1, ["c"] = 2 };

    [Fact]
    public void The_best_order_is_worth_one_and_others_less_by_their_discounts()
    {
        Assert.Equal(1, GradedRanking.Ndcg(["a", "c", "b", "x"], Relevant, 10), 12);
        Assert.Equal(0, GradedRanking.Ndcg(["x", "y"], Relevant, 10));
        var best = 3 + 2 / Math.Log2(3) + 1 / 2.0;
        Assert.Equal((1 + 3 / 2.0) / best, GradedRanking.Ndcg(["b", "x", "a"], Relevant, 10), 12);
        Assert.Equal(1 / (3 + 2 / Math.Log2(3)), GradedRanking.Ndcg(["b", "x", "a"], Relevant, 2), 12);
    }

    [Fact]
    public void Recall_and_reciprocal_rank_ask_only_whether_a_document_is_right()
    {
        Assert.Equal(2 / 3.0, GradedRanking.Recall(["x", "b", "a", "c"], Relevant, 3), 12);
        Assert.Equal(1, GradedRanking.Recall(["x", "b", "a", "c"], Relevant, 10));
        Assert.Equal(0.5, GradedRanking.ReciprocalRank(["x", "b", "a"], Relevant));
        Assert.Equal(0, GradedRanking.ReciprocalRank(["x"], Relevant));
        Assert.Equal(1 / 3.0, GradedRanking.Recall(["a", "a", "a"], Relevant, 2), 12);
    }
}
