using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Cli;

/// <summary><c>uvlm train</c> with the recipes that ship.</summary>
public sealed class TrainTests(TrainingFolder training) : IClassFixture<TrainingFolder>, IDisposable
{
    /// <summary>Of a run that was killed, after the last kill.</summary>
    private const int FurtherSteps = 20;

    private static readonly Dictionary<string, string> Batches = new()
    {
        ["regions"] = "batch=2",
        ["pairs"] = "groups=2",
        ["captions"] = "batch=2",
        ["dialogues"] = "batch=2",
        ["documents"] = "tokens=64",
        ["parts"] = "batch=2",
        ["sequences"] = "batch=2",
    };

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("uvlm-e2e-");

    public static TheoryData<string> Recipes =>
        [.. Directory.EnumerateFiles(Path.Combine(Uvlm.RepositoryRoot, "recipes"), "*.json").Select(static file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    public void Dispose() => folder.Delete(recursive: true);

    [Theory, MemberData(nameof(Recipes))]
    public async Task A_recipe_that_ships_trains_each_of_its_losses_and_leaves_a_model(string recipe)
    {
        var output = Path.Combine(folder.FullName, recipe);
        (await Uvlm.RunAsync(Training(recipe, output, "steps=2"))).AssertSucceeded();

        var lines = Metrics(output);
        Assert.Equal([1, 2], lines.Select(static line => (int)line["step"]!));
        Assert.All(lines, line => Assert.Empty(Losses(recipe).Except(Names(line))));
        Assert.True(File.Exists(Path.Combine(output, "model", "model.safetensors")));
        Assert.Equal(recipe != "generative", File.Exists(Path.Combine(output, "model", "embedding.safetensors")));
        Assert.True(File.Exists(Path.Combine(output, "report.html")));

        static IEnumerable<string> Names(JsonNode line) => line["losses"]!.AsObject().Select(static loss => loss.Key);
    }

    [Fact]
    public async Task A_run_that_is_killed_twice_goes_on_to_the_losses_of_the_run_in_one()
    {
        // None comes to its end before it is stopped, however late that is; a warm-up of so many steps would learn next to nothing in the first ones.
        string[] settings = ["steps=1000000", "evaluation.every=1000000", "optimizer.warmup=0"];
        var (whole, killed) = (Path.Combine(folder.FullName, "whole"), Path.Combine(folder.FullName, "killed"));
        string[] command = [.. Training("unified", killed, [.. settings, "checkpoint_every=1"]), "--resume"];
        for (var time = 0; time < 2; time++)
        {
            await using var program = Uvlm.Start(command);
            await program.WaitForLineAsync("checkpoint at step ");
            await program.KillAsync();
            Assert.NotEqual(0, program.ExitCode);
        }

        var checkpoint = await File.ReadAllTextAsync(Path.Combine(killed, "checkpoint", "current"));
        var last = int.Parse(checkpoint.Trim()["step-".Length..], CultureInfo.InvariantCulture) + FurtherSteps;
        await TrainToAsync(command, last);
        await TrainToAsync(Training("unified", whole, [.. settings, $"checkpoint_every={last}"]), last);

        var (expected, actual) = (Metrics(whole), Metrics(killed));
        Assert.InRange(Math.Min(expected.Count, actual.Count), last, int.MaxValue);
        Assert.Equal(Enumerable.Range(1, actual.Count), actual.Select(static line => (int)line["step"]!));
        foreach (var (one, other) in expected.Zip(actual))
        {
            foreach (var (name, loss) in one["losses"]!.AsObject())
                Assert.Equal((double)loss!, (double)other["losses"]![name]!, 1e-4);
        }
    }

    [Fact]
    public async Task Another_size_of_a_soft_prompt_is_told_and_taken()
    {
        var (first, second) = (Path.Combine(folder.FullName, "first"), Path.Combine(folder.FullName, "second"));
        (await Uvlm.RunAsync(Training("contrastive", first, "steps=1"))).AssertSucceeded();
        var run = await Uvlm.RunAsync(Training("contrastive", second, "steps=1", $"model={Path.Combine(first, "model")}", "soft_prompts.image=4"));
        run.AssertSucceeded();
        Assert.Contains("soft_prompts.image: 4 new vectors, as the recipe says; the starting model has 8", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vectors_that_another_program_makes_of_the_exported_parts_teach()
    {
        var (parts, vectors) = (Path.Combine(folder.FullName, "parts"), Path.Combine(folder.FullName, "vectors.safetensors"));
        string[] settings = ["steps=3", $"losses.sequences.teachers=[\"vectors={vectors}\"]"];
        (await Uvlm.RunAsync(["data", "parts", .. Chosen("sugar", settings), "--out", parts])).AssertSucceeded();

        var lines = File.ReadLines(Path.Combine(parts, "parts.jsonl")).Select(static line => JsonNode.Parse(line)!).ToList();
        var texts = lines.Where(static line => line["text"] is not null).ToList();
        Assert.NotEmpty(texts);
        Assert.All(texts, static line => Assert.Equal((string?)line["key"], Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("T" + (string)line["text"]!)))));
        Assert.Equal(lines.Count - texts.Count, Directory.GetFiles(Path.Combine(parts, "pictures")).Length);
        Assert.All(lines.Except(texts), line => Assert.True(File.Exists(Path.Combine(parts, (string)line["picture"]!))));

        var keys = lines.SelectMany(static line => Convert.FromHexString((string)line["key"]!)).ToArray();
        var random = new Random(1);
        var values = lines.SelectMany(_ => new[] { random.NextSingle(), random.NextSingle(), random.NextSingle() }).ToArray();
        SafetensorsWriter.Write(
            vectors,
            [
                new SafetensorsTensor("keys", TensorType.U8, [lines.Count, 32], stream => stream.Write(keys)),
                new SafetensorsTensor("vectors", TensorType.F32, [lines.Count, 3], stream => stream.Write(MemoryMarshal.AsBytes<float>(values))),
            ],
            new Dictionary<string, string> { ["format"] = "uvlm.teacher.1", ["space"] = "shared", ["name"] = "random" });
        (await Uvlm.RunAsync(Training("sugar", Path.Combine(folder.FullName, "run"), settings))).AssertSucceeded();
    }

    /// <summary>Up to a step that has a checkpoint, or a few further: it is stopped there.</summary>
    private static async Task TrainToAsync(string[] command, int step)
    {
        await using var program = Uvlm.Start(command);
        await program.WaitForLineAsync($"checkpoint at step {step}:");
        await program.TerminateAsync();
    }

    /// <summary>Arguments for small batches of all that the recipe asks for, on one thread: two runs then add up in the same order.</summary>
    private string[] Training(string recipe, string output, params string[] settings) => ["train", .. Chosen(recipe, settings), "--out", output, "--threads", "1"];

    private string[] Chosen(string recipe, string[] settings)
    {
        string[] values =
        [
            $"model={training.Model}", "metrics_every=1", "evaluation.samples=4", "compute.precision=float32", .. Losses(recipe).Select(static loss => $"losses.{loss}.{Batches[loss]}"), .. settings,
        ];
        return ["--recipe", recipe, "--data", training.Data, .. values.SelectMany(static value => new[] { "--set", value })];
    }

    private static HashSet<string> Losses(string recipe)
    {
        using var json = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(Uvlm.RepositoryRoot, "recipes", recipe + ".json")), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        return [.. json.RootElement.GetProperty("losses").EnumerateObject().Select(static loss => loss.Name)];
    }

    /// <summary>The lines about steps; others are about validations.</summary>
    private static List<JsonNode> Metrics(string output) =>
        [.. File.ReadLines(Path.Combine(output, "metrics.jsonl")).Select(static line => JsonNode.Parse(line)!).Where(static line => line["losses"] is not null)];
}
