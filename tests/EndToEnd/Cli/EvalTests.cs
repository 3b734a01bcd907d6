using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Cli;

/// <summary><c>uvlm eval</c> over small sets in the public formats.</summary>
public sealed class EvalTests : IDisposable
{
    private static readonly string Data = Path.Combine(AppContext.BaseDirectory, "data", "evaluation");

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("uvlm-e2e-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task All_sets_of_a_manifest_are_measured_and_two_results_compared()
    {
        var run = await Uvlm.RunAsync(["eval", "--data", Data, "--out", folder.FullName]);
        run.AssertSucceeded();

        var path = Path.Combine(folder.FullName, "results.json");
        var results = JsonNode.Parse(await File.ReadAllTextAsync(path))!;
        Assert.Equal(["captions", "hard-negatives", "winoground", "stories", "pope", "questions"], results["sets"]!.AsArray().Select(static s => (string?)s!["name"]));
        Assert.All(results["sets"]!.AsArray().SelectMany(static s => s!["measures"]!.AsArray()), static m =>
        {
            Assert.InRange((double)m!["value"]!, (double)m["low"]! - 1e-9, (double)m["high"]! + 1e-9);
            Assert.NotEmpty(m["outcomes"]!.AsArray());
        });
        Assert.Equal(run.Output.Trim(), (await File.ReadAllTextAsync(Path.Combine(folder.FullName, "results.md"))).Trim());
        Assert.StartsWith("<svg", await File.ReadAllTextAsync(Path.Combine(folder.FullName, "results.svg")), StringComparison.Ordinal);

        var compared = await Uvlm.RunAsync(["eval", "compare", path, path]);
        compared.AssertSucceeded();
        var rows = compared.Output.Split('\n').Where(static line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1).ToList();
        Assert.NotEmpty(rows);
        Assert.All(rows, static row => Assert.EndsWith("| 0.0 | 0.0 to 0.0 |", row, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_public_set_is_measured_without_a_manifest()
    {
        var run = await Uvlm.RunAsync(
            ["eval", "--set", "winoground", "--path", Path.Combine(Data, "eval", "winoground", "examples.jsonl"), "--images", Path.Combine(Data, "eval", "images"), "--max", "1"]);
        run.AssertSucceeded();
        Assert.Matches(@"(?m)^\| all \| summary \| group \| [0-9.]+ \| [0-9.]+ to [0-9.]+ \| 16\.7 \|  \| 1 \|$", run.Output);
    }

    [Fact]
    public async Task Refusals_are_measured_and_what_is_found_is_a_file_that_the_model_takes()
    {
        var questions = Path.Combine(folder.FullName, "questions.jsonl");
        await File.WriteAllLinesAsync(questions, Enumerable.Range(0, 8).Select(Question));
        var run = await Uvlm.RunAsync(["eval", "refusal", "--questions", questions, "--fit", questions, "--tune"]);
        run.AssertSucceeded();
        Assert.StartsWith("8 questions, 4 of them without an answer", run.Output, StringComparison.Ordinal);
        // The shipped model's own file, the threshold alone, both signs here and on the other half.
        Assert.Equal(4, run.Output.Split('\n').Count(static line => line.StartsWith("| ", StringComparison.Ordinal)) - 1);
        var found = JsonNode.Parse(run.Output[run.Output.IndexOf('{', StringComparison.Ordinal)..])!.AsObject();
        Assert.Equal(["refusal_weight", "question_weight", "bias"], found.Select(static field => field.Key));

        (await Uvlm.RunAsync(["eval", "refusal", "--questions", questions, "--fit", questions])).AssertFailedWithOneLine(2, "--tune");
        await File.WriteAllTextAsync(questions, Question(0));
        (await Uvlm.RunAsync(["eval", "refusal", "--questions", questions])).AssertFailedWithOneLine(2, questions, "both kinds");

        static string Question(int i) => new JsonObject
        {
            ["id"] = $"q{i}",
            ["parts"] = new JsonArray(Text(i % 2 == 0 ? "What does the option Radius do?" : "Where is the harbour?")),
            ["evidence"] = new JsonArray(new JsonObject { ["id"] = "e", ["parts"] = new JsonArray(Text($"{i}: the option Radius sets the size of the brush.")) }),
            ["answers"] = new JsonArray("The size of the brush."),
            ["answerable"] = i % 2 == 0,
        }.ToJsonString();

        static JsonObject Text(string text) => new() { ["type"] = "text", ["text"] = text };
    }

    [Fact]
    public async Task What_is_asked_wrongly_is_told()
    {
        (await Uvlm.RunAsync(["eval"])).AssertFailedWithOneLine(2, "--data", "--set");
        (await Uvlm.RunAsync(["eval", "--set", "winoground"])).AssertFailedWithOneLine(2, "--path");
        (await Uvlm.RunAsync(["eval", "--set", "imagenet", "--path", "x"])).AssertFailedWithOneLine(2, "imagenet", "karpathy");
        (await Uvlm.RunAsync(["eval", "--set", "vist", "--path", "x", "--gallery", "1000"])).AssertFailedWithOneLine(2, "--gallery", "karpathy");
        (await Uvlm.RunAsync(["eval", "--set", "karpathy", "--path", "x", "--gallery", "1"])).AssertFailedWithOneLine(2, "--gallery", "at least 2");
        (await Uvlm.RunAsync(["eval", "--data", "/nowhere"])).AssertFailedWithOneLine(2, "/nowhere/eval/manifest.json");
        (await Uvlm.RunAsync(["eval", "--data", Data, "--sets", "captions,none*"])).AssertFailedWithOneLine(2, "none*", "hard-negatives");
        (await Uvlm.RunAsync(["eval", "compare", "/nowhere/a.json", "/nowhere/b.json"])).AssertFailedWithOneLine(2, "/nowhere/a.json");
    }
}
