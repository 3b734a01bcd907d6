using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace UnifiedVlm.Bench.Ablations;

/// <summary>Trains and evaluates by the program itself, as a user would. What is finished is not done again.</summary>
/// <param name="program">uvlm.</param>
/// <param name="seeing">The model that the common start is trained from.</param>
/// <param name="budget">Floating-point operations of each run.</param>
/// <param name="max">Items of each evaluation set.</param>
/// <param name="measured">Evaluation sets.</param>
/// <param name="precision">Of training.</param>
/// <param name="kept">Share of what a row's training has changed that is kept, 1 for all of it.</param>
/// <param name="device">As the program's own option.</param>
/// <param name="threads">Of a row; the start, which all wait for, has as many as there are.</param>
internal sealed class Runner(
    string program, string seeing, string data, string output, double budget, int max, IReadOnlyList<string> measured, string precision, double kept, string device, int threads)
{
    // The mean over so many steps; documents and stories differ in length.
    private const int ProbeSteps = 6;

    // The start's stages have their own, and with one of those a row would see samples again that the start has learned from.
    private const int FirstSeed = 100;

    private readonly Lock starts = new();

    private string Kept => kept.ToString(CultureInfo.InvariantCulture);

    private readonly string[] machine = ["--device", device, "--threads", Text(threads)];

    private readonly string sets = TestSets.Write(data, output);

    /// <returns>The folder with results.json.</returns>
    public string Run(Variation variation, int seed)
    {
        var folder = Path.Combine(output, $"{variation.Name}-{seed}");
        var results = Path.Combine(folder, kept < 1 ? $"eval-{Kept}" : "eval");
        if (File.Exists(Path.Combine(results, "results.json")))
            return results;
        if (variation.Recipe == Variation.Untrained)
        {
            Evaluate(Start(variation), results);
            return results;
        }

        string[] training =
        [
            "train", "--recipe", variation.Recipe, "--data", data,
            .. ((string[])[$"model={Start(variation)}", $"seed={FirstSeed + seed}", $"compute.precision={precision}", .. Study.Common, .. variation.Overrides]).SelectMany(static value => new[] { "--set", value }),
        ];
        var steps = Steps(folder, training);
        Uvlm([.. training, "--set", $"steps={steps}", "--out", folder, "--resume", .. machine]);
        Evaluate(kept < 1 ? Interpolate(variation, folder) : Path.Combine(folder, "model"), results);
        return results;
    }

    private string Interpolate(Variation variation, string folder)
    {
        var mixed = Path.Combine(folder, $"model-{Kept}");
        if (!Directory.Exists(mixed))
            Uvlm(["model", "interpolate", "--start", Start(variation), "--trained", Path.Combine(folder, "model"), "--share", Kept, "--out", mixed]);
        return mixed;
    }

    private void Evaluate(string model, string results)
    {
        // What is finished is written after every set: as long as some are missing, elsewhere.
        var part = results + ".part";
        Uvlm(
        [
            "eval", "--model", model, "--data", sets, "--out", part, "--max", Text(max), "--dtype", "float32", "--scores", "summary,alignment", "--sets", string.Join(',', measured),
            .. machine,
        ]);
        Directory.Move(part, results);
    }

    /// <summary>
    /// A copy of the common start, with what the variation changes in preparation.json and without its head and soft prompts: every run makes its
    /// own, as its recipe and seed say.
    /// </summary>
    private string Start(Variation variation)
    {
        using var alone = starts.EnterScope();
        var copy = Path.Combine(output, "starts", variation.Preparation.Count == 0 ? "common" : variation.Name);

        // Other rows may be reading it.
        if (Directory.Exists(copy))
            return copy;
        var part = copy + ".part";
        Directory.CreateDirectory(part);
        foreach (var file in Directory.EnumerateFiles(CommonStart()).Where(static file => Path.GetFileName(file) != "embedding.safetensors"))
            File.Copy(file, Path.Combine(part, Path.GetFileName(file)), overwrite: true);
        var path = Path.Combine(part, "preparation.json");
        var settings = JsonNode.Parse(File.ReadAllText(path))!;
        foreach (var (name, value) in variation.Preparation)
            settings[name] = value;
        File.WriteAllText(path, settings.ToJsonString());
        Directory.Move(part, copy);
        return copy;
    }

    /// <summary>Trained the first time that it is wanted, in four stages.</summary>
    private string CommonStart()
    {
        var model = seeing;
        foreach (var stage in new[] { "start", "start-further", "start-last", "start-final" })
        {
            var folder = Path.Combine(output, $"{stage}-training");
            var next = Path.Combine(folder, "model");
            if (!Directory.Exists(next))
            {
                Uvlm(
                [
                    "train", "--recipe", Path.Combine("bench", "Ablations", $"{stage}.json"), "--set", $"model={model}", "--set", $"compute.precision={precision}",
                    "--data", data, "--out", folder, "--resume", "--device", device,
                ]);
            }

            model = next;
        }

        return model;
    }

    /// <summary>As many steps as the budget pays for, from what a few of them cost.</summary>
    private int Steps(string folder, string[] training)
    {
        var stepsFile = Path.Combine(folder, "steps.txt");
        if (File.Exists(stepsFile))
            return int.Parse(File.ReadAllText(stepsFile), CultureInfo.InvariantCulture);
        var probe = Path.Combine(folder, "probe");
        if (Directory.Exists(probe))
            Directory.Delete(probe, recursive: true);
        Uvlm([.. training, "--set", $"steps={ProbeSteps}", "--set", $"metrics_every={ProbeSteps}", "--out", probe, .. machine]);
        var metrics = File.ReadLines(Path.Combine(probe, "metrics.jsonl")).Select(static line => JsonNode.Parse(line)!).First(static line => line["gigaflop_per_step"] is not null);
        var steps = (int)Math.Round(budget / ((double)metrics["gigaflop_per_step"]! * 1e9));
        Directory.Delete(probe, recursive: true);
        File.WriteAllText(stepsFile, Text(steps));
        return steps;
    }

    private void Uvlm(string[] arguments)
    {
        Console.Error.WriteLine($"uvlm {string.Join(' ', arguments)}");
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"uvlm {arguments[0]} ended with {process.ExitCode}: {said}");
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
