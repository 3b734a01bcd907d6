using System.Text.Json.Nodes;
using UnifiedVlm.Training.Data.Scenes;
using UnifiedVlm.Training.Data.Sources;

namespace UnifiedVlm.Training.Data.Evaluation;

/// <summary>Two pictures and two captions of the same words in another order, in Winoground's JSON lines (arXiv 2204.03162).</summary>
internal sealed class WinogroundSet(SceneKit kit)
{
    private const string File = "examples.jsonl";

    private static readonly SceneShape[] Shapes = [SceneShape.Pair, SceneShape.Pair, SceneShape.Triple];

    public EvaluationSet Write(EvaluationFolder folder, int count)
    {
        var lines = new List<JsonNode>();
        for (var index = 0UL; lines.Count < count; index++)
        {
            var dice = new Dice(kit.Catalogue.Seed, "eval winoground", index);
            // Turn by turn, as far as scenes allow it: of things of one size no sizes can be swapped.
            var edit = lines.Count % 2 == 0 ? SceneEdit.SwapObjects : SceneEdit.SwapSizes;
            var scene = kit.Composer.Draw(ref dice, DataSplit.Test, dice.Pick(Shapes));
            if (!SceneEditor.Possible(scene).Contains(edit) || kit.Groups.Editor.TryApply(ref dice, scene, edit, DataSplit.Test) is not { } swapped)
                continue;
            var wording = Wording.Draw(ref dice, SceneEditor.Tells(edit), scene.Objects.Length);
            lines.Add(Line(folder, lines.Count, edit, (scene, kit.Short.Write(scene, wording)), (swapped, kit.Short.Write(swapped, wording))));
        }

        folder.WriteLines(File, lines);
        return folder.Finish("winoground", File);
    }

    private JsonObject Line(EvaluationFolder folder, int id, SceneEdit edit, (SceneGraph Scene, string Caption) one, (SceneGraph Scene, string Caption) two)
    {
        var (first, second) = ($"ex_{id}_img_0", $"ex_{id}_img_1");
        folder.Save(kit.Canvas.Draw(one.Scene), first);
        folder.Save(kit.Canvas.Draw(two.Scene), second);
        return new JsonObject
        {
            ["id"] = id,
            ["image_0"] = first,
            ["image_1"] = second,
            ["caption_0"] = one.Caption,
            ["caption_1"] = two.Caption,
            ["tag"] = edit == SceneEdit.SwapObjects ? "Noun" : "Adjective-Size",
            ["collapsed_tag"] = edit == SceneEdit.SwapObjects ? "Object" : "Relation",
        };
    }
}
