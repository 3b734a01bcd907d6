using System.Collections.Immutable;

namespace UnifiedVlm.Training.Data.Scenes;

/// <summary>Scenes that differ from a first one by one edit each, and captions of one wording that tell all of them apart.</summary>
internal sealed class SceneGroups(SceneComposer composer, ShortCaption captions)
{
    private const int EditTries = 24;

    private readonly SceneEditor editor = new(composer);

    public SceneEditor Editor => editor;

    /// <summary>Two to four scenes with their captions; the first is the one the others were made of.</summary>
    public ImmutableArray<(SceneGraph Scene, string Caption)> Draw(ref Dice dice, DataSplit split, SceneGroupMix? mix = null) => Draw(ref dice, split, mix ?? SceneGroupMix.All, out _);

    /// <summary>The same without pictures: each scene told twice, in two wordings and with its things in any order.</summary>
    public ImmutableArray<(SceneGraph Scene, string One, string Other)> DrawTold(ref Dice dice, DataSplit split, SceneGroupMix mix)
    {
        var group = Draw(ref dice, split, mix, out var wording);
        var other = wording with { Choice = dice.Next() };
        var reversed = dice.Chance(0.5);
        return
        [
            .. group.Select(member => (member.Scene, member.Caption, captions.Write(reversed ? Reversed(member.Scene) : member.Scene, other))),
        ];
    }

    private ImmutableArray<(SceneGraph Scene, string Caption)> Draw(ref Dice dice, DataSplit split, SceneGroupMix mix, out Wording wording)
    {
        var first = composer.Draw(ref dice, split, dice.Pick(mix.Shapes));
        var wanted = dice.Pick([2, 3, 3, 4]);
        var scenes = new List<SceneGraph> { first };
        var says = SceneAspects.None;
        var possible = SceneEditor.Possible(first);
        for (var tries = 0; tries < EditTries && scenes.Count < wanted; tries++)
        {
            var edit = dice.Pick(mix.Edits);
            if (!possible.Contains(edit) || editor.TryApply(ref dice, first, edit, split) is not { } scene)
                continue;
            scenes.Add(scene);
            says |= SceneEditor.Tells(edit);
        }

        var shared = Wording.Draw(ref dice, says, first.Objects.Length);
        wording = shared;
        return
        [
            .. scenes.DistinctBy(scene => Meaning(scene, shared), StringComparer.Ordinal)
                .Select(scene => (scene, captions.Write(scene, shared)))
                .DistinctBy(static entry => entry.Item2, StringComparer.Ordinal),
        ];
    }

    private static SceneGraph Reversed(SceneGraph scene) => scene with { Objects = [.. scene.Objects.Reverse()] };

    // Two edits may lead to scenes of one meaning in other words: with two things swapped, or mirrored, the second is left of the first.
    private static string Meaning(SceneGraph scene, Wording wording)
    {
        var sized = wording.Tells(SceneAspects.Sizes);
        return string.Join(' ', scene.Objects.Select(item => $"{item.Row}{item.Column}:{item.Concept}{(sized ? item.Size : "")}").Order(StringComparer.Ordinal))
            + (wording.Tells(SceneAspects.Background) ? scene.Background : "");
    }
}
