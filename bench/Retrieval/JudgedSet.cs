using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace UnifiedVlm.Bench.Retrieval;

/// <summary>Documents and questions of which the right documents are known.</summary>
/// <param name="Pictures">Folder that the documents' paths lie in.</param>
internal sealed record JudgedSet(string Name, string Pictures, IReadOnlyList<JsonObject> Documents, IReadOnlyList<JsonObject> Questions)
{
    public static IEnumerable<JudgedSet> All(string source, int most)
    {
        var evaluation = Path.Combine(source, "eval");
        foreach (var (name, pictures) in ((string, string)[])[("retrieval-scenes", "images"), ("retrieval-scenes-long", "images"), ("retrieval-figures", ""), ("emoji-unseen-noto", "images")])
            yield return CaptionedSet.Read(name, Path.Combine(evaluation, name), pictures, most);
        yield return StorySet.Read(Path.Combine(evaluation, "stories"), most);
        yield return ManualSet.Read(evaluation, Path.Combine(source, "manuals"), most);
    }

    public async Task RunAsync(string program, string folder, CancellationToken cancellationToken)
    {
        var documents = await WriteAsync(Path.Combine(folder, $"{Name}.documents.jsonl"), Documents, cancellationToken);
        var questions = await WriteAsync(Path.Combine(folder, $"{Name}.questions.jsonl"), Questions, cancellationToken);
        Console.WriteLine($"## {Name}: {Documents.Count} documents");
        await UvlmAsync(program, ["ingest", documents, "--collection", Name, "--picture-root", Path.GetFullPath(Pictures), "--data", folder], shown: false, cancellationToken);
        await UvlmAsync(program, ["eval", "retrieval", "--queries", questions, "--collection", Name, "--data", folder], shown: true, cancellationToken);
        Console.WriteLine();
    }

    /// <summary>What the lists should weigh for the questions of all sets together.</summary>
    public static async Task TuneAsync(IEnumerable<JudgedSet> sets, string program, string folder, CancellationToken cancellationToken)
    {
        var all = sets.SelectMany(static set => set.Questions.Select(question =>
        {
            var asked = question.DeepClone().AsObject();
            asked["collection"] = set.Name;
            return asked;
        })).ToList();
        Console.WriteLine("## all sets");
        await UvlmAsync(program, ["eval", "retrieval", "--tune", "--queries", await WriteAsync(Path.Combine(folder, "all.questions.jsonl"), all, cancellationToken), "--data", folder], shown: true, cancellationToken);
    }

    public static JsonObject Text(string text) => new() { ["type"] = "text", ["text"] = text };

    public static JsonObject Picture(string path) => new() { ["type"] = "image", ["path"] = path };

    public static JsonObject Question(string id, IEnumerable<JsonObject> parts, params IEnumerable<string> relevant) => new()
    {
        ["id"] = id,
        ["parts"] = new JsonArray([.. parts]),
        ["relevant"] = new JsonObject(relevant.Select(static document => KeyValuePair.Create(document, (JsonNode?)1))),
    };

    public static JsonObject Document(string id, IEnumerable<JsonObject> parts) => new() { ["id"] = id, ["parts"] = new JsonArray([.. parts]) };

    private static async Task<string> WriteAsync(string file, IReadOnlyList<JsonObject> lines, CancellationToken cancellationToken)
    {
        await File.WriteAllLinesAsync(file, lines.Select(static line => line.ToJsonString(JsonSerializerOptions.Web)), cancellationToken);
        return file;
    }

    private static async Task UvlmAsync(string program, IReadOnlyList<string> arguments, bool shown, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (shown)
            Console.Write(output);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"uvlm {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}");
    }
}
