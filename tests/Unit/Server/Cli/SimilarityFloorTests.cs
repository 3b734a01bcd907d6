using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Cli.Retrieval;

namespace UnifiedVlm.Tests.Unit.Server.Cli;

public sealed class SimilarityFloorTests
{
    private static readonly IReadOnlyDictionary<string, double> Right = new Dictionary<string, double> { ["right"] = 1, ["unfound"] = 1, ["judged wrong"] = 0 };

    [Fact]
    public void Nineteen_of_twenty_right_documents_reach_it_and_the_wrong_ones_below_are_counted()
    {
        // Right ones from 0.505 to 0.994 in steps of 0.005; wrong ones at 0.2, and each tenth time at 0.9.
        var floor = SimilarityFloor.Of([.. Enumerable.Range(0, 99).Select(static q => Answer(
            Hit("right", 0.505f + (q * 0.005f)), Hit("judged wrong", 0.2f), Hit("wrong", q % 10 == 0 ? 0.9f : 0.2f)))]);
        Assert.NotNull(floor);
        Assert.Equal((0.52, 99), (floor.Cosine, floor.Right));
        Assert.Equal(1 - (10 / 198.0), floor.Refused, 12);
    }

    [Fact]
    public void Documents_with_a_common_word_and_those_behind_the_tenth_do_not_count()
    {
        SearchHit[] others = [.. Enumerable.Range(0, 9).Select(static i => Hit($"w{i}", 0.1f))];
        var floor = SimilarityFloor.Of([.. Enumerable.Repeat(Answer([Hit("right", 0.6f), .. others, Hit("behind", 0.9f), Hit("word", 0, text: 1)]), 50)]);
        Assert.Equal(new SimilarityFloor(0.6, 50, 1), floor);
    }

    [Fact]
    public void Of_few_right_documents_nothing_is_said() =>
        Assert.Null(SimilarityFloor.Of([.. Enumerable.Repeat(Answer(Hit("right", 0.6f), Hit("right", 0.7f, text: 2)), 39)]));

    private static (IReadOnlyList<SearchHit>, IReadOnlyDictionary<string, double>) Answer(params SearchHit[] hits) => (hits, Right);

    private static SearchHit Hit(string id, float similarity, int? text = null)
    {
        var part = new EmbeddedPart(0, PartKind.Text, 0, 1);
        return new SearchHit(id, "c", null, 1, 0, 0, 1, 1, null, text, [part], [new PartMatch(part, part, similarity - 0.1f, null), new PartMatch(part, part, similarity, null)]);
    }
}
