using System.Globalization;
using System.Text.Json.Nodes;
using UnifiedVlm.Training.Data.Scenes;
using UnifiedVlm.Training.Data.Sources;

namespace UnifiedVlm.Training.Data.Evaluation;

/// <summary>
/// Pictures with a true caption and one that a small change has made false, in SugarCrepe's JSON (arXiv 2306.14610), a file for each kind of
/// change.
/// </summary>
/// <remarks>
/// Items come in mirrored twos: two scenes that differ by the change, each with both captions. So each caption is true once and false once, and
/// whoever judges by the texts alone is right in exactly one of the two. An added object works the same way: once the caption that leaves
/// it out is false because it is there, once the caption that adds it, because it isn't. Of added attributes both captions add one: "a
/// large cat left of a dog", "a cat left of a small dog", over pictures where both things are large or both are small.
/// </remarks>
internal sealed class HardNegativeSets(SceneKit kit)
{
    private const string AddAttribute = "add_att";
    private const int MaxTries = 10_000;

    private static readonly (string Kind, SceneEdit Edit)[] Edits =
    [
        ("replace_obj", SceneEdit.ReplaceObject), ("replace_att", SceneEdit.ReplaceSize), ("replace_rel", SceneEdit.ReplaceRelation),
        ("replace_bg", SceneEdit.ReplaceBackground), ("swap_obj", SceneEdit.SwapObjects), ("swap_att", SceneEdit.SwapSizes), ("add_obj", SceneEdit.AddObject),
    ];

    /// <summary>The files' names without extension.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [.. Edits.Select(static edit => edit.Kind), AddAttribute];

    /// <param name="objects">Two to four. Of four one is the added one where one is added: more than four there can't be.</param>
    /// <param name="count">Items of each kind.</param>
    public EvaluationSet Write(EvaluationFolder folder, int objects, int count)
    {
        foreach (var (kind, edit) in Edits)
        {
            var shape = ShapeOf(edit == SceneEdit.AddObject && objects == 4 ? 3 : objects);
            WriteKind(folder, kind, objects, count, (ref Dice dice) => Draw(ref dice, shape, edit));
        }

        WriteKind(folder, AddAttribute, objects, count, (ref Dice dice) => DrawAddedAttribute(ref dice, ShapeOf(objects)));
        return folder.Finish("sugarcrepe");
    }

    private delegate ((SceneGraph Scene, string Caption) One, (SceneGraph Scene, string Caption) Two)? PairMaker(ref Dice dice);

    private void WriteKind(EvaluationFolder folder, string kind, int objects, int count, PairMaker draw)
    {
        var items = new JsonObject();
        for (var index = 0UL; items.Count < count; index++)
        {
            if (index > MaxTries)
                throw new DataException(Emoji.Catalogue.FileName, $"has too few things for {count} hard negatives of the kind {kind}");
            var dice = new Dice(kit.Catalogue.Seed, $"eval {kind} {objects}", index);
            if (draw(ref dice) is not var (one, two) || one.Caption == two.Caption)
                continue;
            // Which of the two comes first is a coin's matter, so that no place in the file gives anything away.
            if (dice.Chance(0.5))
                (one, two) = (two, one);
            Add(items, folder, one, two);
            Add(items, folder, two, one);
        }

        folder.Write(kind + ".json", items);
    }

    private void Add(JsonObject items, EvaluationFolder folder, (SceneGraph Scene, string Caption) shown, (SceneGraph Scene, string Caption) other) =>
        items.Add(items.Count.ToString(CultureInfo.InvariantCulture), new JsonObject
        {
            ["filename"] = folder.Save(kit.Canvas.Draw(shown.Scene)),
            ["caption"] = shown.Caption,
            ["negative_caption"] = other.Caption,
        });

    private ((SceneGraph Scene, string Caption) One, (SceneGraph Scene, string Caption) Two)? Draw(ref Dice dice, SceneShape shape, SceneEdit edit)
    {
        var scene = kit.Composer.Draw(ref dice, DataSplit.Test, shape);
        if (!SceneEditor.Possible(scene).Contains(edit) || kit.Groups.Editor.TryApply(ref dice, scene, edit, DataSplit.Test) is not { } edited)
            return null;
        var wording = Wording.Draw(ref dice, SceneEditor.Tells(edit), scene.Objects.Length);
        return ((scene, kit.Short.Write(scene, wording)), (edited, kit.Short.Write(edited, wording)));
    }

    private ((SceneGraph Scene, string Caption) One, (SceneGraph Scene, string Caption) Two)? DrawAddedAttribute(ref Dice dice, SceneShape shape)
    {
        var scene = kit.Composer.Draw(ref dice, DataSplit.Test, shape);
        var (one, two) = (dice.Next(scene.Objects.Length), dice.Next(scene.Objects.Length));
        if (one == two)
            return null;
        var wording = Wording.Draw(ref dice, SceneAspects.None, scene.Objects.Length);
        wording = wording with { Says = wording.Says & ~SceneAspects.Sizes };
        var (large, small) = (Sized(scene, one, two, ObjectSize.Large), Sized(scene, one, two, ObjectSize.Small));
        return ((large, kit.Short.Write(large, wording, sizedSlot: one)), (small, kit.Short.Write(small, wording, sizedSlot: two)));
    }

    private static SceneGraph Sized(SceneGraph scene, int one, int two, ObjectSize size) =>
        scene.With(one, scene.Objects[one] with { Size = size }).With(two, scene.Objects[two] with { Size = size });

    private static SceneShape ShapeOf(int objects) => objects switch
    {
        2 => SceneShape.Pair,
        3 => SceneShape.Triple,
        4 => SceneShape.Quad,
        _ => throw new ArgumentOutOfRangeException(nameof(objects), objects, "must be 2 to 4"),
    };
}
