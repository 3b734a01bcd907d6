using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Server.Cli.Retrieval;

namespace UnifiedVlm.Tests.Unit.Server.Cli;

public sealed class RankingTunerTests
{
    private static readonly IReadOnlyDictionary<string, double> Right = new Dictionary<string, double> { ["right"] = 1 };

    [Fact]
    public void The_list_that_knows_outweighs_those_that_do_not()
    {
        // By documents and by words the right one is first in turns, by parts and by alignment it is last.
        var tuner = Tuner([.. Enumerable.Range(0, 20).Select(static q => (IReadOnlyList<SearchHit>)
        [
            Hit("right", part: 3, document: q % 4 == 0 ? 2 : 1, text: q % 4 == 0 ? 1 : null, alignment: 3),
            Hit("a", part: 1, document: q % 4 == 0 ? 1 : 2, text: null, alignment: 1),
            Hit("b", part: 2, document: 3, text: null, alignment: 2),
        ])]);
        int[] all = [.. Enumerable.Range(0, 20)];
        var (weights, ndcg) = tuner.Tune(all);
        Assert.Equal(1, ndcg, 12);
        Assert.True(weights.Documents > weights.Parts && weights.Documents < 60, weights.ToString());
        Assert.Equal(ndcg, tuner.Score(weights, all), 12);
        Assert.True(tuner.Score(FusionWeights.Equal, all) < 1);
        Assert.Equal(1, tuner.CrossValidated(), 12);
    }

    [Fact]
    public void Weights_that_tell_nothing_apart_are_not_taken_for_good_ones()
    {
        var tuner = Tuner([Hit("right", part: 1, document: 9, text: null, alignment: 9), Hit("a", part: 2, document: 1, text: null, alignment: 1)]);
        Assert.Equal(1 / Math.Log2(3), tuner.Score(new FusionWeights(0, 0, 0), [0]), 12);
        Assert.Equal(1, tuner.Score(new FusionWeights(1, 0, 0), [0]), 12);
        Assert.Equal((0.001, 0.001), (tuner.Tune([0]).Weights.Documents, tuner.Tune([0]).Weights.Alignment));
    }

    private static RankingTuner Tuner(params IReadOnlyList<SearchHit>[] answers) => new([.. answers.Select(static hits => (hits, Right))], 60);

    private static SearchHit Hit(string id, int? part, int? document, int? text, int? alignment) => new(id, "c", null, 1, 0, 0, alignment, part, document, text, [], []);
}
