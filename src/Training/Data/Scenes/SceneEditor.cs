using System.Collections.Immutable;

namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>Changes one thing in a scene and leaves the rest as it is.</summary>
internal sealed class SceneEditor(SceneComposer composer)
{
    private const int MaxObjects = 4;

    /// <summary>What a caption must say so that it tells the edited scene from the original.</summary>
    public static SceneAspects Tells(SceneEdit edit) => edit switch
    {
        SceneEdit.ReplaceSize or SceneEdit.SwapSizes => SceneAspects.Sizes,
        SceneEdit.ReplaceRelation => SceneAspects.Places,
        SceneEdit.ReplaceBackground => SceneAspects.Background,
        // Of kinds in different numbers the numbers tell; of single things only their places or their sizes do.
        SceneEdit.SwapObjects => SceneAspects.Places,
        _ => SceneAspects.None,
    };

    /// <summary>The edits that the scene allows at all, by its objects alone.</summary>
    public static IReadOnlyList<SceneEdit> Possible(SceneGraph scene)
    {
        var species = Species.Of(scene);
        var distinct = species.Length == scene.Objects.Length;
        var edits = new List<SceneEdit> { SceneEdit.ReplaceObject, SceneEdit.ReplaceSize, SceneEdit.ReplaceBackground };
        if (distinct)
            edits.Add(SceneEdit.ReplaceRelation);
        if (species.Length > 1 && (distinct || species.Select(static kind => kind.Count).Distinct().Count() > 1))
            edits.Add(SceneEdit.SwapObjects);
        if (species.Select(static kind => kind.Size).Distinct().Count() > 1)
            edits.Add(SceneEdit.SwapSizes);
        if (!distinct)
            edits.Add(SceneEdit.ChangeCount);
        if (distinct && scene.Objects.Length is 2 or 3 && scene.Objects.All(IsInCorner))
            edits.Add(SceneEdit.AddObject);
        return edits;
    }

    /// <summary>Null where nothing fits.</summary>
    public SceneGraph? TryApply(ref Dice dice, SceneGraph scene, SceneEdit edit, DataSplit split)
    {
        var species = Species.Of(scene);
        var one = dice.Next(species.Length);
        var two = species.Length > 1 ? (one + 1 + dice.Next(species.Length - 1)) % species.Length : one;
        return edit switch
        {
            SceneEdit.ReplaceObject => ReplaceObject(ref dice, scene, species, one, split),
            SceneEdit.ReplaceSize => Change(scene, species[one], static item => item with { Size = Other(item.Size) }),
            SceneEdit.ReplaceRelation => ReplaceRelation(ref dice, scene),
            SceneEdit.ReplaceBackground => ReplaceBackground(ref dice, scene),
            SceneEdit.SwapObjects => species[one].Count == species[two].Count && species.Length != scene.Objects.Length ? null : SwapObjects(scene, species[one], species[two]),
            SceneEdit.SwapSizes => species[one].Size == species[two].Size
                ? null
                : Change(Change(scene, species[one], static item => item with { Size = Other(item.Size) }), species[two], static item => item with { Size = Other(item.Size) }),
            SceneEdit.ChangeCount => ChangeCount(ref dice, scene, species),
            SceneEdit.AddObject => AddObject(ref dice, scene, species, split),
            _ => throw new ArgumentOutOfRangeException(nameof(edit), edit, "is not a known edit"),
        };
    }

    private SceneGraph? ReplaceObject(ref Dice dice, SceneGraph scene, ImmutableArray<Species> species, int one, DataSplit split)
    {
        int[] others = [.. species.Where((_, i) => i != one).Select(static kind => kind.Concept)];
        return composer.DrawReplacement(ref dice, split, others, species[one].Concept, scene.Background) is var (concept, style)
            ? Change(scene, species[one], item => item with { Concept = concept, Style = style })
            : null;
    }

    private SceneGraph? ReplaceBackground(ref Dice dice, SceneGraph scene)
    {
        var background = (scene.Background + 1 + dice.Next(Backgrounds.Count - 1)) % Backgrounds.Count;
        return scene.Objects.All(item => composer.World.IsVisible(item.Concept, item.Style, background)) ? scene with { Background = background } : null;
    }

    private static SceneGraph ReplaceRelation(ref Dice dice, SceneGraph scene)
    {
        if (scene.Objects is [var only])
        {
            var cell = ((only.Row * 3) + only.Column + 1 + dice.Next(8)) % 9;
            return scene.With(0, only with { Column = cell % 3, Row = cell / 3 });
        }

        // Two things may turn by a quarter as well; more of them are mirrored, so that every relation along one axis becomes its opposite.
        var turn = scene.Objects.Length == 2 ? dice.Next(3) : dice.Next(2);
        var across = scene.Objects.Length == 2 ? scene.Objects[0].Row == scene.Objects[1].Row : dice.Chance(0.5);
        return scene with
        {
            Objects =
            [
                .. scene.Objects.Select(item => turn == 2 || (turn == 1 && scene.Objects.Length == 2)
                    ? Turn(item, turn == 1)
                    : across ? item with { Column = 2 - item.Column } : item with { Row = 2 - item.Row }),
            ],
        };
    }

    private static SceneObject Turn(SceneObject item, bool back) =>
        back ? item with { Column = item.Row, Row = 2 - item.Column } : item with { Column = 2 - item.Row, Row = item.Column };

    private static SceneGraph SwapObjects(SceneGraph scene, Species one, Species two)
    {
        var (first, second) = (scene.Objects[one.Slots[0]], scene.Objects[two.Slots[0]]);
        var swapped = Change(scene, one, item => item with { Concept = second.Concept, Style = second.Style });
        return Change(swapped, two, item => item with { Concept = first.Concept, Style = first.Style });
    }

    private static SceneGraph? ChangeCount(ref Dice dice, SceneGraph scene, ImmutableArray<Species> species)
    {
        var kind = species[dice.Next(species.Length)];
        var free = FreeCorners(scene);
        if (free.Count > 0 && (kind.Count == 1 || dice.Chance(0.5)))
        {
            var (column, row) = dice.Pick(free);
            return scene with { Objects = scene.Objects.Add(scene.Objects[kind.Slots[0]] with { Column = column, Row = row }) };
        }

        // Where every kind is left with one thing, the scene is of another shape, and its caption would be of another form.
        var fewer = scene with { Objects = scene.Objects.RemoveAt(kind.Slots[^1]) };
        return kind.Count > 1 && Species.Of(fewer).Length < fewer.Objects.Length ? fewer : null;
    }

    private SceneGraph? AddObject(ref Dice dice, SceneGraph scene, ImmutableArray<Species> species, DataSplit split)
    {
        if (scene.Objects.Length == MaxObjects)
            return null;
        var (column, row) = dice.Pick(FreeCorners(scene));
        return composer.DrawReplacement(ref dice, split, [.. species.Select(static kind => kind.Concept)], -1, scene.Background) is var (concept, style)
            ? scene with { Objects = scene.Objects.Add(new SceneObject(concept, style, SceneComposer.Size(ref dice), column, row)) }
            : null;
    }

    public static IReadOnlyList<(int Column, int Row)> FreeCorners(SceneGraph scene) =>
        [.. SceneComposer.Corners.Where(corner => !scene.Objects.Any(item => (item.Column, item.Row) == corner))];

    private static bool IsInCorner(SceneObject item) => item is { Column: 0 or 2, Row: 0 or 2 };

    private static SceneGraph Change(SceneGraph scene, Species species, Func<SceneObject, SceneObject> change)
    {
        var objects = scene.Objects.ToBuilder();
        foreach (var slot in species.Slots)
            objects[slot] = change(objects[slot]);
        return scene with { Objects = objects.ToImmutable() };
    }

    private static ObjectSize Other(ObjectSize size) => size == ObjectSize.Small ? ObjectSize.Large : ObjectSize.Small;
}
