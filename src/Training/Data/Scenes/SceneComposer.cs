using System.Collections.Immutable;
using UnifiedVlm.Training.Data.Emoji;

namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>Makes up scenes. Training shows no pair that is held out; the scenes of another split have at least one pair of that split, and a pair scene is one.</summary>
internal sealed class SceneComposer(SceneWorld world)
{
    // With three in a hundred pairs for validation, a miss this long does not happen unless there are too few things.
    private const int MaxTries = 20_000;

    private static readonly (int Column, int Row)[] CornerCells = [(0, 0), (2, 0), (0, 2), (2, 2)];

    public SceneWorld World => world;

    /// <summary>The four places that never touch, in reading order.</summary>
    public static IReadOnlyList<(int Column, int Row)> Corners => CornerCells;

    public SceneGraph Draw(ref Dice dice, DataSplit split, SceneShape shape)
    {
        var background = dice.Next(Backgrounds.Count);
        var kinds = shape switch
        {
            SceneShape.Single or SceneShape.Count => 1,
            SceneShape.Pair or SceneShape.MixedCount => 2,
            SceneShape.Triple => 3,
            _ => 4,
        };
        var things = DrawThings(ref dice, split, kinds, background);
        var objects = shape switch
        {
            SceneShape.Single => [At(things[0], Size(ref dice), dice.Next(3), dice.Next(3))],
            SceneShape.Pair => Pair(ref dice, things),
            SceneShape.Count => InCorners(ref dice, Repeat(things[0], Size(ref dice), dice.Between(2, 4))),
            SceneShape.MixedCount => Mixed(ref dice, things),
            _ => InCorners(ref dice, Each(ref dice, things)),
        };
        return new SceneGraph(objects, background, dice.Next());
    }

    /// <summary>Things that may share a scene, each in a style that stands out from the background.</summary>
    public (int Concept, EmojiStyle Style)[] DrawThings(ref Dice dice, DataSplit split, int count, int background)
    {
        var chosen = new (int Concept, EmojiStyle Style)[count];
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var complete = true;
            for (var i = 0; i < count && complete; i++)
                complete = TryDraw(ref dice, background, chosen.AsSpan(0, i), out chosen[i]) && (split != DataSplit.Train || FitsLast(chosen.AsSpan(0, i + 1)));
            if (complete && Fits(chosen, split))
                return chosen;
        }

        throw new DataException(Catalogue.FileName, $"has too few things ({world.Things.Count}) for scenes of {count} in the {split} split");
    }

    /// <summary>Another thing instead of the one in a slot; null after long search, which a crowded scene may need.</summary>
    public (int Concept, EmojiStyle Style)? DrawReplacement(ref Dice dice, DataSplit split, IReadOnlyList<int> others, int replaced, int background)
    {
        var group = replaced >= 0 && dice.Chance(0.5) ? world.Catalogue.Concepts[replaced].Group : null;
        var all = new (int Concept, EmojiStyle Style)[others.Count + 1];
        for (var i = 0; i < others.Count; i++)
            all[i] = (others[i], default);
        for (var tries = 0; tries < 2_000; tries++)
        {
            if (!TryDraw(ref dice, background, all.AsSpan(0, others.Count), out all[^1]) || all[^1].Concept == replaced)
                continue;
            // Something of the same kind is harder to tell apart; not every group has enough of them.
            if (group is not null && tries < 300 && world.Catalogue.Concepts[all[^1].Concept].Group != group)
                continue;
            if (Fits(all, split))
                return all[^1];
        }

        return null;
    }

    public static ObjectSize Size(ref Dice dice) => dice.Chance(0.5) ? ObjectSize.Small : ObjectSize.Large;

    /// <summary>Places objects in corners, which corner by chance.</summary>
    public static ImmutableArray<SceneObject> InCorners(ref Dice dice, SceneObject[] objects)
    {
        Span<int> order = [0, 1, 2, 3];
        dice.Shuffle(order);
        for (var i = 0; i < objects.Length; i++)
        {
            var (column, row) = CornerCells[order[i]];
            objects[i] = objects[i] with { Column = column, Row = row };
        }

        return [.. objects];
    }

    private bool TryDraw(ref Dice dice, int background, ReadOnlySpan<(int Concept, EmojiStyle Style)> others, out (int Concept, EmojiStyle Style) thing)
    {
        thing = (dice.Pick(world.Things), dice.Pick(EmojiStyles.All));
        foreach (var (concept, _) in others)
        {
            if (concept == thing.Concept)
                return false;
        }

        return world.IsVisible(thing.Concept, thing.Style, background);
    }

    private bool FitsLast(ReadOnlySpan<(int Concept, EmojiStyle Style)> things)
    {
        foreach (var (concept, _) in things[..^1])
        {
            if (world.SplitOf(concept, things[^1].Concept) != DataSplit.Train)
                return false;
        }

        return true;
    }

    private bool Fits(ReadOnlySpan<(int Concept, EmojiStyle Style)> things, DataSplit split)
    {
        var found = things.Length < 2;
        for (var i = 0; i < things.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var pair = world.SplitOf(things[i].Concept, things[j].Concept);
                if (split == DataSplit.Train && pair != DataSplit.Train)
                    return false;
                found |= pair == split;
            }
        }

        return found;
    }

    private static ImmutableArray<SceneObject> Pair(ref Dice dice, (int Concept, EmojiStyle Style)[] things)
    {
        var (line, first, across) = (dice.Next(3), dice.Next(2) * 2, dice.Chance(0.5));
        var (one, two) = (Size(ref dice), Size(ref dice));
        return across
            ? [At(things[0], one, first, line), At(things[1], two, 2 - first, line)]
            : [At(things[0], one, line, first), At(things[1], two, line, 2 - first)];
    }

    private static ImmutableArray<SceneObject> Mixed(ref Dice dice, (int Concept, EmojiStyle Style)[] things)
    {
        var total = dice.Between(3, 4);
        var first = dice.Between(1, total - 1);
        SceneObject[] objects = [.. Repeat(things[0], Size(ref dice), first), .. Repeat(things[1], Size(ref dice), total - first)];
        return InCorners(ref dice, objects);
    }

    private static SceneObject[] Each(ref Dice dice, (int Concept, EmojiStyle Style)[] things)
    {
        var objects = new SceneObject[things.Length];
        for (var i = 0; i < things.Length; i++)
            objects[i] = At(things[i], Size(ref dice), 0, 0);
        return objects;
    }

    private static SceneObject[] Repeat((int Concept, EmojiStyle Style) thing, ObjectSize size, int count) =>
        [.. Enumerable.Repeat(At(thing, size, 0, 0), count)];

    private static SceneObject At((int Concept, EmojiStyle Style) thing, ObjectSize size, int column, int row) =>
        new(thing.Concept, thing.Style, size, column, row);
}
