using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Data.Scenes;

namespace UnifiedVlm.Tests.Unit.Training.Data;

[Collection(nameof(TinyData))]
public sealed class HeldOutPairTests(TinyData data)
{
    private const ulong Samples = 1000;

    [Fact]
    public void Training_never_shows_a_pair_that_is_held_out()
    {
        foreach (var scene in Scenes(DataSplit.Train))
            Assert.All(Pairs(scene), static split => Assert.Equal(DataSplit.Train, split));
    }

    [Theory]
    [InlineData(DataSplit.Validation)]
    [InlineData(DataSplit.Test)]
    public void Scenes_of_two_things_are_pairs_held_out_for_their_split(DataSplit split)
    {
        for (var index = 0UL; index < Samples; index++)
        {
            var dice = new Dice(2, "held out", index);
            Assert.Equal([split], Pairs(data.Kit.Composer.Draw(ref dice, split, SceneShape.Pair)));
            Assert.Contains(split, Pairs(data.Kit.Composer.Draw(ref dice, split, SceneShape.Quad)));
        }
    }

    [Fact]
    public void Edited_test_scenes_of_two_things_stay_held_out()
    {
        for (var index = 0UL; index < Samples; index++)
        {
            var dice = new Dice(2, "edited", index);
            var scene = data.Kit.Composer.Draw(ref dice, DataSplit.Test, SceneShape.Pair);
            if (data.Kit.Groups.Editor.TryApply(ref dice, scene, SceneEdit.ReplaceObject, DataSplit.Test) is { } edited)
                Assert.Equal([DataSplit.Test], Pairs(edited));
        }
    }

    [Fact]
    public void About_a_tenth_of_all_pairs_is_held_out_whatever_the_order()
    {
        var things = data.Kit.World.Things;
        var splits = (from left in things from right in things where left < right select (left, right)).ToList();
        Assert.All(splits, pair => Assert.Equal(data.Kit.World.SplitOf(pair.left, pair.right), data.Kit.World.SplitOf(pair.right, pair.left)));
        Assert.InRange(splits.Count(pair => data.Kit.World.SplitOf(pair.left, pair.right) != DataSplit.Train) / (double)splits.Count, 0.08, 0.12);
    }

    [Fact]
    public void Scenes_are_made_of_training_concepts_alone()
    {
        var things = data.Kit.World.Things.ToHashSet();
        foreach (var scene in Scenes(DataSplit.Test))
            Assert.All(scene.Objects, item => Assert.Contains(item.Concept, things));
        Assert.NotEmpty(data.Kit.World.UnseenThings);
        Assert.DoesNotContain(data.Kit.World.UnseenThings, things.Contains);
    }

    private IEnumerable<SceneGraph> Scenes(DataSplit split)
    {
        for (var index = 0UL; index < Samples; index++)
        {
            var dice = new Dice(2, "scenes", index);
            foreach (var shape in Enum.GetValues<SceneShape>())
                yield return data.Kit.Composer.Draw(ref dice, split, shape);
            foreach (var (scene, _) in data.Kit.Groups.Draw(ref dice, split))
                yield return scene;
            foreach (var scene in data.Kit.Stories.Tell(ref dice, split))
                yield return scene;
        }
    }

    private List<DataSplit> Pairs(SceneGraph scene)
    {
        int[] concepts = [.. scene.Objects.Select(static item => item.Concept).Distinct()];
        return [.. from i in Enumerable.Range(0, concepts.Length) from j in Enumerable.Range(0, i) select data.Kit.World.SplitOf(concepts[i], concepts[j])];
    }
}
