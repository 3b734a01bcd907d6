using UnifiedVlm.Storage.Search;

namespace UnifiedVlm.Tests.Unit.Storage;

public sealed class ReciprocalRankFusionTests
{
    [Fact]
    public void Scores_add_up_over_the_lists()
    {
        var fused = ReciprocalRankFusion.Fuse([["a", "b"], ["b", "c"], []], 10);

        Assert.Equal(["b", "a", "c"], fused.Select(f => f.Id));
        Assert.Equal(1.0 / 62 + 1.0 / 61, fused[0].Score, 15);
        Assert.Equal([2, 1, null], fused[0].Ranks);
        Assert.Equal([1, null, null], fused[1].Ranks);
    }

    [Fact]
    public void Ties_are_broken_by_id_and_the_count_is_kept()
        => Assert.Equal(["a", "b"], ReciprocalRankFusion.Fuse([["c"], ["b"], ["a"]], 2).Select(f => f.Id));

    [Fact]
    public void What_one_list_alone_is_sure_of_is_not_lost_among_what_several_half_know()
    {
        string[] known = [.. Enumerable.Range(0, 40).Select(static i => $"known {i:D2}")];
        var fused = ReciprocalRankFusion.Fuse([known, known, ["alone"]], 24);
        Assert.Equal(24, fused.Count);
        Assert.Equal("alone", fused[^1].Id);
        Assert.Equal(fused.Select(static f => f.Score).OrderDescending(), fused.Select(static f => f.Score));
    }
}
