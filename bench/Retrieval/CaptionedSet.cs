using System.Text.Json.Nodes;

namespace UnifiedVlm.Bench.Retrieval;

/// <summary>Pictures by their captions: a document is a picture, the question its caption.</summary>
internal static class CaptionedSet
{
    public static JudgedSet Read(string name, string folder, string pictures, int most)
    {
        var images = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "dataset.json")))!["images"]!.AsArray().Take(most).ToList();

        // Pictures that share a caption are right together.
        var byCaption = images.ToLookup(static image => image!["sentences"]![0]!["raw"]!.GetValue<string>(), image => IdOf(name, image!["filename"]!));
        return new JudgedSet(
            name,
            Path.Combine(folder, pictures),
            [.. images.Select(image => JudgedSet.Document(IdOf(name, image!["filename"]!), [JudgedSet.Picture(image["filename"]!.GetValue<string>())]))],
            [.. byCaption.Select(static (caption, i) => JudgedSet.Question($"q{i}", [JudgedSet.Text(caption.Key)], caption))]);
    }

    // The sets are one tenant's, whose ids are its own in all collections together.
    private static string IdOf(string set, JsonNode file) => $"{set}/{file.GetValue<string>()}";
}
