using System.Text.Json.Nodes;
using UnifiedVlm.Training.Data.Emoji;
using UnifiedVlm.Training.Data.Evaluation;
using UnifiedVlm.Training.Data.Sources;
using UnifiedVlm.Training.Evaluation.Sets;

namespace UnifiedVlm.Bench.Ablations;

/// <summary>
/// What the rows are measured on: the sets of <c>uvlm data build</c>, but for one. Differences of a point between rows are not to be told on 1,000
/// pictures, so there are four galleries of as many for retrieval, of which the first is the set that is built.
/// </summary>
internal static class TestSets
{
    private const string Retrieval = "retrieval-scenes";
    private const int Gallery = 1000;
    private const int Galleries = 4;

    /// <returns>A folder for <c>uvlm eval --data</c>.</returns>
    public static string Write(string data, string output)
    {
        var built = Path.Combine(data, EvaluationBuilder.Folder);
        var folder = Path.Combine(output, "sets", EvaluationBuilder.Folder);
        var manifest = Path.Combine(folder, SetManifest.FileName);
        if (File.Exists(manifest))
            return Path.GetDirectoryName(folder)!;

        var entries = JsonNode.Parse(File.ReadAllText(Path.Combine(built, SetManifest.FileName)))!.AsArray();
        foreach (var entry in entries)
        {
            var home = (string?)entry!["name"] == Retrieval ? folder : built;
            foreach (var field in (string[])["path", "images"])
                entry[field] = Path.GetFullPath(Path.Combine(home, (string)entry[field]!));
            if (home == folder)
                entry["gallery"] = Gallery;
        }

        Directory.CreateDirectory(folder);
        using var atlas = SpriteAtlas.Open(data);
        new RetrievalSets(new SceneKit(Catalogue.Read(data), atlas)).WriteScenes(new EvaluationFolder(folder, Retrieval), Galleries * Gallery, longCaptions: false);
        // Where it is, the set is whole.
        File.WriteAllText(manifest + ".part", entries.ToJsonString());
        File.Move(manifest + ".part", manifest);
        return Path.GetDirectoryName(folder)!;
    }
}
