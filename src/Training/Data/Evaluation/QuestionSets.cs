using System.Text.Json.Nodes;
using UnifiedVlm.Training.Data.Scenes;
using UnifiedVlm.Training.Data.Sources;

namespace UnifiedVlm.Training.Data.Evaluation;

/// <summary>Questions about scenes: whether something is there, in POPE's JSON lines (arXiv 2305.10355), and of every kind, as our own.</summary>
internal sealed class QuestionSets(SceneKit kit)
{
    private const string File = "questions.jsonl";

    private static readonly SceneShape[] Shapes = [SceneShape.Pair, SceneShape.Pair, SceneShape.Triple, SceneShape.Quad, SceneShape.MixedCount];

    /// <summary>As many answered yes as no.</summary>
    public EvaluationSet WritePresence(EvaluationFolder folder, int count)
    {
        var lines = new List<JsonNode>();
        for (var i = 0; i < count; i++)
        {
            var dice = new Dice(kit.Catalogue.Seed, "eval presence", (ulong)i);
            var scene = kit.Composer.Draw(ref dice, DataSplit.Test, dice.Pick(Shapes));
            var (question, answer) = kit.Questions.AskPresence(scene, present: i % 2 == 0, ref dice);
            lines.Add(new JsonObject
            {
                ["question_id"] = i + 1,
                ["image"] = folder.Save(kit.Canvas.Draw(scene)),
                ["text"] = question,
                ["label"] = answer,
            });
        }

        folder.WriteLines(File, lines);
        return folder.Finish("pope", File);
    }

    public EvaluationSet WriteQuestions(EvaluationFolder folder, int count)
    {
        var lines = new List<JsonNode>();
        for (var i = 0; i < count; i++)
        {
            var dice = new Dice(kit.Catalogue.Seed, "eval question", (ulong)i);
            var scene = kit.Composer.Draw(ref dice, DataSplit.Test, dice.Pick(Shapes));
            var (question, answer) = kit.Questions.Ask(scene, ref dice);
            lines.Add(new JsonObject
            {
                ["id"] = $"scene-questions-{i}",
                ["parts"] = new JsonArray(
                    new JsonObject { ["type"] = "image", ["path"] = folder.Save(kit.Canvas.Draw(scene)) },
                    new JsonObject { ["type"] = "text", ["text"] = question }),
                ["answers"] = new JsonArray(answer),
            });
        }

        folder.WriteLines(File, lines);
        return folder.Finish("questions", File);
    }
}
