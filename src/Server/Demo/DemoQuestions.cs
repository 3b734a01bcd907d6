using System.Text.Json.Nodes;

namespace UnifiedVlm.Server.Demo;

/// <summary>Three questions to the GIMP manual: in words, as a picture, as both.</summary>
internal static class DemoQuestions
{
    private const int AnswerTokens = 48;

    public static IEnumerable<DemoQuestion> For(string corpus)
    {
        yield return new DemoQuestion("What does the Invert command do?", Body(Text("What does the Invert command do?")), IsFirst: true);
        if (Picture(corpus, "images/toolbox/toolbox-clone.png") is { } icon)
            yield return new DemoQuestion("(a picture: the Clone tool's icon)", Body(icon));
        if (Picture(corpus, "images/filters/examples/blur-taj-pixelise.jpg") is { } example)
            yield return new DemoQuestion("(a picture: the result of the Pixelize filter) What does the Pixelize filter do?", Body(example, Text("What does the Pixelize filter do?")));
    }

    private static JsonObject Body(params JsonNode[] parts) => new() { ["parts"] = new JsonArray(parts), ["collection"] = DemoOptions.Collection, ["max_tokens"] = AnswerTokens };

    private static JsonObject Text(string words) => new() { ["type"] = "text", ["text"] = words };

    /// <summary>The picture itself where the corpus has it, else any of its larger pictures; null in a corpus without pictures.</summary>
    private static JsonObject? Picture(string corpus, string path)
    {
        var file = Path.Combine(corpus, path);
        if (!File.Exists(file))
        {
            var files = Directory.EnumerateFiles(corpus, "*", SearchOption.AllDirectories)
                .Where(static f => Path.GetExtension(f) is ".png" or ".jpg" && new FileInfo(f).Length > 10_000).Order(StringComparer.Ordinal);
            file = files.FirstOrDefault();
        }

        return file is null ? null : new JsonObject { ["type"] = "image", ["data"] = Convert.ToBase64String(File.ReadAllBytes(file)) };
    }
}
