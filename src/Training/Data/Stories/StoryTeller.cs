using System.Collections.Immutable;
using UnifiedVlm.Training.Data.Scenes;

namespace UnifiedVlm.Training.Data.Stories;

/// <summary>Makes up stories: a scene that changes step by step. Things appear, move, grow, shrink or leave, or the background changes.</summary>
internal sealed class StoryTeller(SceneComposer composer)
{
    private const int MaxThings = 3;
    private const int ChangeTries = 64;

    /// <summary>Three to six scenes, no two of them alike. A story of another split than training begins with two things that belong to that split.</summary>
    public ImmutableArray<SceneGraph> Tell(ref Dice dice, DataSplit split)
    {
        var steps = ImmutableArray.CreateBuilder<SceneGraph>();
        steps.Add(Begin(ref dice, split));
        var wanted = dice.Between(3, 6);
        for (var tries = 0; steps.Count < wanted && tries < ChangeTries * wanted; tries++)
        {
            if (Change(ref dice, steps[^1], split) is { } next && !steps.Any(step => IsSame(step, next)))
                steps.Add(next);
        }

        return steps.ToImmutable();
    }

    private SceneGraph Begin(ref Dice dice, DataSplit split)
    {
        var background = dice.Next(Backgrounds.Count);
        var things = composer.DrawThings(ref dice, split, split == DataSplit.Train ? dice.Between(1, 2) : 2, background);
        var objects = new SceneObject[things.Length];
        for (var i = 0; i < things.Length; i++)
            objects[i] = new SceneObject(things[i].Concept, things[i].Style, SceneComposer.Size(ref dice), 0, 0);
        return new SceneGraph(SceneComposer.InCorners(ref dice, objects), background, dice.Next());
    }

    private SceneGraph? Change(ref Dice dice, SceneGraph scene, DataSplit split)
    {
        var slot = dice.Next(scene.Objects.Length);
        var item = scene.Objects[slot];
        switch (dice.Next(6))
        {
            case 0 or 1 when scene.Objects.Length < MaxThings:
                return Appear(ref dice, scene, split);
            case 2 when scene.Objects.Length > 1:
                return scene with { Objects = scene.Objects.RemoveAt(slot) };
            case 3:
                var (column, row) = dice.Pick(SceneEditor.FreeCorners(scene));
                return scene.With(slot, item with { Column = column, Row = row });
            case 4:
                return scene.With(slot, item with { Size = item.Size == ObjectSize.Small ? ObjectSize.Large : ObjectSize.Small });
            case 5:
                var background = dice.Next(Backgrounds.Count);
                return scene.Objects.All(other => composer.World.IsVisible(other.Concept, other.Style, background)) ? scene with { Background = background } : null;
            default:
                return null;
        }
    }

    private SceneGraph? Appear(ref Dice dice, SceneGraph scene, DataSplit split)
    {
        int[] present = [.. scene.Objects.Select(static item => item.Concept)];
        var (column, row) = dice.Pick(SceneEditor.FreeCorners(scene));
        return composer.DrawReplacement(ref dice, split, present, -1, scene.Background) is var (concept, style)
            ? scene with { Objects = scene.Objects.Add(new SceneObject(concept, style, SceneComposer.Size(ref dice), column, row)) }
            : null;
    }

    private static bool IsSame(SceneGraph left, SceneGraph right) =>
        left.Background == right.Background && left.Objects.Length == right.Objects.Length && left.Objects.All(right.Objects.Contains);
}
