using System.Text.Json.Nodes;
using UnifiedVlm.Training.Data.Emoji;
using UnifiedVlm.Training.Data.Evaluation;
using UnifiedVlm.Training.Data.Sources;
using UnifiedVlm.Training.Evaluation.Sets;

namespace UnifiedVlm.Bench.Ablations;

/// <summary>
/// What the rows are measured on: the sets of <c>uvlm data build</c>, but for three. Differences of a point between rows are not to be told on 1,000
/// pictures or 2,000 questions, so there are four galleries of as many for retrieval, four times the questions and 2,000 captions to generate, of which the first
/// are the set that is built.
/// </summary>
internal static class TestSets
{
    /// <summary>Items of the largest set.</summary>
    public const int Largest = 8000;

    private const string Retrieval = "retrieval-scenes";
    private const string Descriptions = "retrieval-scenes-long";
    private const string Questions = "scene-questions";
    private const int Gallery = 1000;
    private const int Galleries = 4;
    private const int Described = 2000;

    /// <returns>A folder for <c>uvlm eval --data</c>.</returns>
    public static string Write(string data, string output)
    {
        var built = Path.Combine(data, EvaluationBuilder.Folder);
        var folder = Path.Combine(output, "sets", EvaluationBuilder.Folder);
        var manifest = Path.Combine(folder, SetManifest.FileName);
        if (File.Exists(manifest))
        {
            var limit = JsonNode.Parse(File.ReadAllText(manifest))!.AsArray().Single(static entry => (string?)entry!["name"] == Descriptions)!["max_tokens"];
            return (int?)limit == RetrievalSets.LongestCaption
                ? Path.GetDirectoryName(folder)!
                : throw new InvalidOperationException($"{folder} holds sets of an earlier version, whose captions end sooner, and rows that were measured on them: name another --out.");
        }

        var entries = JsonNode.Parse(File.ReadAllText(Path.Combine(built, SetManifest.FileName)))!.AsArray();
        foreach (var entry in entries)
        {
            var home = (string?)entry!["name"] is Retrieval or Descriptions or Questions ? folder : built;
            foreach (var field in (string[])["path", "images"])
                entry[field] = Path.GetFullPath(Path.Combine(home, (string)entry[field]!));
            if ((string?)entry["name"] is Retrieval or Descriptions)
                entry["gallery"] = Gallery;
            // Once is enough: the long ones say more.
            if ((string?)entry["name"] is Retrieval)
                entry["generated"] = 0;
            if ((string?)entry["name"] is Descriptions)
                (entry["generated"], entry["max_tokens"]) = (Described, RetrievalSets.LongestCaption);
        }

        Directory.CreateDirectory(folder);
        using var atlas = SpriteAtlas.Open(data);
        var kit = new SceneKit(Catalogue.Read(data), atlas);
        new RetrievalSets(kit).WriteScenes(new EvaluationFolder(folder, Retrieval), Galleries * Gallery, longCaptions: false);
        new RetrievalSets(kit).WriteScenes(new EvaluationFolder(folder, Descriptions), Described, longCaptions: true);
        new QuestionSets(kit).WriteQuestions(new EvaluationFolder(folder, Questions), Largest);
        // Where it is, the set is whole.
        File.WriteAllText(manifest + ".part", entries.ToJsonString());
        File.Move(manifest + ".part", manifest);
        return Path.GetDirectoryName(folder)!;
    }
}
