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
            // Of a single draw there are no bounds.
            if (m!["low"] is { } low)
                Assert.InRange((double)m["value"]!, (double)low - 1e-9, (double)m["high"]! + 1e-9);
            Assert.NotEmpty(m["outcomes"]!.AsArray());
        });
        Assert.All(results["sets"]!.AsArray(), static s => Assert.Matches("^[0-9a-f]{64}$", (string?)s!["digest"]));
        Assert.Equal(run.Output.Trim(), (await File.ReadAllTextAsync(Path.Combine(folder.FullName, "results.md"))).Trim());
        Assert.StartsWith("<svg", await File.ReadAllTextAsync(Path.Combine(folder.FullName, "results.svg")), StringComparison.Ordinal);

        var compared = await Uvlm.RunAsync(["eval", "compare", path, path]);
        compared.AssertSucceeded();
        var rows = compared.Output.Split('\n').Where(static line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1).ToList();
        Assert.NotEmpty(rows);
        Assert.All(rows, static row => Assert.Matches(@"\| 0\.0 \| (0\.0 to 0\.0|not estimable) \|$", row));

        // The same names over other items: nothing is compared.
        var fewer = Path.Combine(folder.FullName, "fewer");
        (await Uvlm.RunAsync(["eval", "--data", Data, "--sets", "winoground", "--max", "1", "--out", fewer])).AssertSucceeded();
        (await Uvlm.RunAsync(["eval", "compare", path, Path.Combine(fewer, "results.json")]))
            .AssertFailedWithOneLine(2, "set 'winoground' is not compared", "on 2 items, the second on 1");
    }

    [Fact]
    public async Task A_damaged_picture_ends_the_evaluation_or_is_left_out()
    {
        var images = Path.Combine(Data, "eval", "images");
        var pictures = Directory.GetFiles(images, "*.png").Order(StringComparer.Ordinal).ToArray();
        File.Copy(pictures[0], Path.Combine(folder.FullName, "good.png"));
        await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "bad.png"), (await File.ReadAllBytesAsync(pictures[0]))[..60]);
        var path = Path.Combine(folder.FullName, "pope.json");
        await File.WriteAllLinesAsync(path, ((string[])["good", "bad", "good", "none"]).Select(static (name, i) => $$"""{"question_id":{{i}},"image":"{{name}}.png","text":"Is there a cat?","label":"no"}"""));
        string[] arguments = ["eval", "--set", "pope", "--path", path, "--out", Path.Combine(folder.FullName, "out")];

        (await Uvlm.RunAsync(arguments)).AssertFailedWithOneLine(2, "line 4: image names the picture 'none.png'");

        var run = await Uvlm.RunAsync([.. arguments, "--keep-going"]);
        run.AssertSucceeded();
        Assert.Contains("uvlm: left out of set pope: ", run.Errors, StringComparison.Ordinal);
        Assert.Contains("bad.png", run.Errors, StringComparison.Ordinal);
        Assert.Contains("2 items (pope)", run.Output, StringComparison.Ordinal);
        Assert.Contains("2 items are left out: they can't be used.", run.Output, StringComparison.Ordinal);
        var set = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder.FullName, "out", "results.json")))!["sets"]![0]!;
        Assert.Equal(2, set["left_out"]!.AsArray().Count);
    }

    [Fact]
    public async Task Special_tokens_are_read_a_line_each_and_what_is_wrong_with_them_is_told()
    {
        var (text, specials, output) = (Path.Combine(folder.FullName, "t.txt"), Path.Combine(folder.FullName, "s.txt"), Path.Combine(folder.FullName, "tokenizer.json"));
        await File.WriteAllTextAsync(text, "a cat and a cat and a cat\n");
        await File.WriteAllTextAsync(specials, "<one>\n\n<two>\n");
        string[] Arguments(int size) => ["tokenizer", "train", text, "--specials", specials, "--out", output, "--vocab", $"{size}"];
        (await Uvlm.RunAsync(Arguments(300))).AssertSucceeded();
        (await Uvlm.RunAsync(Arguments(257))).AssertFailedWithOneLine(2, "--vocab 257", "2 special tokens");
        await File.WriteAllTextAsync(specials, "<one>\n<one>\n");
        (await Uvlm.RunAsync(Arguments(300))).AssertFailedWithOneLine(2, "--specials", "'<one>' twice");
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
        (await Uvlm.RunAsync(["eval", "--data", Data, "--sets", ","])).AssertFailedWithOneLine(2, "--sets names no set");
        (await Uvlm.RunAsync(["eval", "--data", Data, "--scores", ","])).AssertFailedWithOneLine(2, "--scores");
        (await Uvlm.RunAsync(["eval", "--data", Data, "--split", "tset"])).AssertFailedWithOneLine(2, "--split", "karpathy");
        (await Uvlm.RunAsync(["eval", "--set", "pope", "--path", "x", "--split", "train"])).AssertFailedWithOneLine(2, "--split", "karpathy");
        (await Uvlm.RunAsync(["eval", "--set", "karpathy", "--path", "x", "--split", ","])).AssertFailedWithOneLine(2, "--split names no split");
        (await Uvlm.RunAsync(["eval", "--data", Data, "--images", "x"])).AssertFailedWithOneLine(2, "--images", "--set");
        (await Uvlm.RunAsync(["eval", "--set", "pope", "--path", "x", "--sets", "pope"])).AssertFailedWithOneLine(2, "--sets", "--data");
        (await Uvlm.RunAsync(["eval", "compare", "/nowhere/a.json", "/nowhere/b.json"])).AssertFailedWithOneLine(2, "/nowhere/a.json");
    }
}
