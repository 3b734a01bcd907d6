using System.Text.Json.Nodes;
using UnifiedVlm.Training.Data.Emoji;
using UnifiedVlm.Training.Data.Scenes;
using UnifiedVlm.Training.Data.Sources;

namespace UnifiedVlm.Training.Data.Evaluation;

/// <summary>Pictures with one caption each, no two captions alike, in the JSON of Karpathy's COCO and Flickr splits.</summary>
internal sealed class RetrievalSets(SceneKit kit)
{
    private const string File = "dataset.json";

    /// <summary>A half more than the longest has, in tokens of models/uvlm-tiny.</summary>
    internal const int LongestCaption = 192;

    private static readonly SceneShape[] Shapes = [SceneShape.Pair, SceneShape.Pair, SceneShape.Triple, SceneShape.Quad, SceneShape.MixedCount];

    public EvaluationSet WriteScenes(EvaluationFolder folder, int count, bool longCaptions)
    {
        var captions = new HashSet<string>(StringComparer.Ordinal);
        var images = new JsonArray();
        for (var index = 0UL; images.Count < count; index++)
        {
            var dice = new Dice(kit.Catalogue.Seed, $"eval retrieval {longCaptions}", index);
            var scene = kit.Composer.Draw(ref dice, DataSplit.Test, dice.Pick(Shapes));
            var caption = longCaptions ? kit.Long.Write(scene, ref dice) : kit.Short.Write(scene, Wording.Draw(ref dice, SceneAspects.None, scene.Objects.Length));
            if (captions.Add(caption))
                images.Add(Image(folder.Save(kit.Canvas.Draw(scene)), caption));
        }

        var set = Finish(folder, images);
        return longCaptions ? set with { Entry = set.Entry with { MaxTokens = LongestCaption } } : set;
    }

    /// <summary>Concepts that training has never shown, one set for each style, their labels as captions.</summary>
    public IEnumerable<EvaluationSet> WriteUnseen(Func<string, EvaluationFolder> open)
    {
        foreach (var style in EmojiStyles.All)
        {
            var folder = open("emoji-unseen-" + EmojiStyles.Name(style));
            var labels = new HashSet<string>(StringComparer.Ordinal);
            var images = new JsonArray();
            var index = 0UL;
            foreach (var concept in kit.Catalogue.Concepts.Where(concept => concept.Split == DataSplit.Test && concept.Sprite(style) >= 0))
            {
                var dice = new Dice(kit.Catalogue.Seed, $"eval unseen {style}", index++);
                if (labels.Add(concept.Label))
                    images.Add(Image(folder.Save(kit.Canvas.DrawAlone(concept.Sprite(style), dice.Next(Backgrounds.Count), dice.Next())), concept.Label));
            }

            yield return Finish(folder, images);
        }
    }

    private static JsonObject Image(string file, string caption) => new()
    {
        ["filename"] = file,
        ["split"] = "test",
        ["sentences"] = new JsonArray(new JsonObject { ["raw"] = caption }),
    };

    private static EvaluationSet Finish(EvaluationFolder folder, JsonArray images)
    {
        folder.Write(File, new JsonObject { ["images"] = images });
        return folder.Finish("karpathy", File);
    }
}
