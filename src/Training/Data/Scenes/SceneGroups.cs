using System.Collections.Immutable;

namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>Scenes that differ from a first one by one edit each, and captions of one wording that tell all of them apart.</summary>
internal sealed class SceneGroups(SceneComposer composer, ShortCaption captions)
{
    private const int EditTries = 24;

    private static readonly SceneShape[] Shapes = Weighted(
        (SceneShape.Single, 2), (SceneShape.Pair, 9), (SceneShape.Triple, 3), (SceneShape.Quad, 2), (SceneShape.Count, 2), (SceneShape.MixedCount, 2));

    // What is learned last, order and relations, comes most often.
    private static readonly SceneEdit[] Edits = Weighted(
        (SceneEdit.SwapObjects, 9), (SceneEdit.ReplaceRelation, 7), (SceneEdit.SwapSizes, 5), (SceneEdit.ReplaceSize, 3), (SceneEdit.ReplaceObject, 3),
        (SceneEdit.ChangeCount, 3), (SceneEdit.ReplaceBackground, 2), (SceneEdit.AddObject, 1));

    private readonly SceneEditor editor = new(composer);

    public SceneEditor Editor => editor;

    /// <summary>Two to four scenes with their captions; the first is the one the others were made of.</summary>
    public ImmutableArray<(SceneGraph Scene, string Caption)> Draw(ref Dice dice, DataSplit split)
    {
        var first = composer.Draw(ref dice, split, dice.Pick(Shapes));
        var wanted = dice.Pick([2, 3, 3, 4]);
        var scenes = new List<SceneGraph> { first };
        var says = SceneAspects.None;
        var possible = SceneEditor.Possible(first);
        for (var tries = 0; tries < EditTries && scenes.Count < wanted; tries++)
        {
            var edit = dice.Pick(Edits);
            if (!possible.Contains(edit) || editor.TryApply(ref dice, first, edit, split) is not { } scene)
                continue;
            scenes.Add(scene);
            says |= SceneEditor.Tells(edit);
        }

        var wording = Wording.Draw(ref dice, says, first.Objects.Length);
        return
        [
            .. scenes.DistinctBy(scene => Meaning(scene, wording), StringComparer.Ordinal)
                .Select(scene => (scene, captions.Write(scene, wording)))
                .DistinctBy(static entry => entry.Item2, StringComparer.Ordinal),
        ];
    }

    // Two edits may lead to scenes of one meaning in other words: with two things swapped, or mirrored, the second is left of the first.
    private static string Meaning(SceneGraph scene, Wording wording)
    {
        var sized = wording.Tells(SceneAspects.Sizes);
        return string.Join(' ', scene.Objects.Select(item => $"{item.Row}{item.Column}:{item.Concept}{(sized ? item.Size : "")}").Order(StringComparer.Ordinal))
            + (wording.Tells(SceneAspects.Background) ? scene.Background : "");
    }

    private static T[] Weighted<T>(params (T Item, int Weight)[] items) => [.. items.SelectMany(static entry => Enumerable.Repeat(entry.Item, entry.Weight))];
}
