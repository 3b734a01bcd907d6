using System.Globalization;
using System.Text.Json.Nodes;
using UnifiedVlm.Training.Data.Scenes;
using UnifiedVlm.Training.Data.Sources;

namespace UnifiedVlm.Training.Data.Evaluation;

/// <summary>Stories as pictures in order with a sentence each, in the JSON of VIST's stories in sequence (arXiv 1604.03968).</summary>
internal sealed class StorySet(SceneKit kit)
{
    private const string File = "stories.json";

    public EvaluationSet Write(EvaluationFolder folder, int count)
    {
        var (images, annotations) = (new JsonArray(), new JsonArray());
        for (var story = 0; story < count; story++)
        {
            var dice = new Dice(kit.Catalogue.Seed, "eval story", (ulong)story);
            var steps = kit.Stories.Tell(ref dice, DataSplit.Test);
            var wording = new Wording(dice.Next(), SceneAspects.All);
            for (var step = 0; step < steps.Length; step++)
            {
                var id = string.Create(CultureInfo.InvariantCulture, $"{story:0000}{step}");
                folder.Save(kit.Canvas.Draw(steps[step]), id);
                images.Add(new JsonObject { ["id"] = id });
                annotations.Add(new JsonArray(new JsonObject
                {
                    ["story_id"] = story.ToString(CultureInfo.InvariantCulture),
                    ["photo_flickr_id"] = id,
                    ["worker_arranged_photo_order"] = step,
                    ["text"] = kit.Short.Write(steps[step], wording),
                }));
            }
        }

        folder.Write(File, new JsonObject { ["images"] = images, ["annotations"] = annotations });
        return folder.Finish("vist", File);
    }
}
