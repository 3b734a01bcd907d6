using System.CommandLine;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Torch;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Loop;
using UnifiedVlm.Training.Recipes;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm train</c>: from a recipe and a data folder to a model folder.</summary>
internal static class TrainCommand
{
    private const int Interrupted = 130;

    /// <summary>Files of a model folder that hold for its weights alone.</summary>
    private static readonly string[] Tuned = [RefusalSettings.FileName, RankingSettings.FileName];

    public static Command Create()
    {
        var recipe = RecipeOption();
        var data = DataOption();
        var output = new Option<string>("--out") { Description = "Folder for checkpoints, metrics and the finished model", Required = true }.NotEmpty();
        var resume = Setting.Flag("--resume", "UVLM_RESUME", "Go on from the folder's checkpoint; begin where there is none yet");
        var overrides = OverridesOption();
        var threads = Setting.Number("--threads", "UVLM_THREADS", Environment.ProcessorCount, "Chunks of a step computed side by side, one core each", minimum: 1);
        var device = DeviceChoice.CreateOption();
        var command = new Command("train", "Train a model. Ctrl-C finishes the step and writes a checkpoint; --resume goes on from it.") { recipe, data, output, resume, overrides, device, threads };
        command.SetAction((result, cancellationToken) => Task.FromResult(Run(
            RecipeFile.Load(result.GetValue(recipe)!, result.GetValue(overrides)!),
            result.GetValue(data)!, result.GetValue(output)!, result.GetValue(resume), DeviceChoice.Of(result.GetValue(device)!), result.GetValue(threads), cancellationToken)));
        return command;
    }

    public static Option<string> RecipeOption() => Setting.Text("--recipe", "UVLM_RECIPE", "unified", "generative, contrastive, vladva, sugar, unified, unified-adapter, or a recipe file");

    public static Option<string> DataOption() => Setting.Path("--data", "UVLM_TRAINING_DATA", "build/data", "Folder that data build made");

    public static Option<string[]> OverridesOption() =>
        Setting.List("--set", "UVLM_SET", "A recipe's value, such as optimizer.lr=3e-4 or losses.documents=null; may be given several times");

    private static int Run(Recipe recipe, string data, string output, bool resume, string device, int threads, CancellationToken cancellationToken)
    {
        // One product at a time runs on a core; more threads would only spin.
        torch.memory.tune();
        torch.set_num_threads(1);
        using var samples = TrainingData.Open(data);
        var progress = new TrainProgress(recipe);
        var finished = new Trainer(recipe, ModelFolder(recipe.Model), samples, output, threads, progress, device).Run(resume, cancellationToken);
        if (finished is null)
        {
            Console.WriteLine($"Stopped after step {progress.Step} of {recipe.Steps}. Go on with the same command and --resume.");
            return Interrupted;
        }

        Console.WriteLine($"{finished}: trained. Serve it with: uvlm serve --model {finished}");
        if (Tuned.Where(file => File.Exists(Path.Combine(ModelFolder(recipe.Model), file))).ToList() is { Count: > 0 } left)
            Console.WriteLine($"Not copied from the start, whose weights they were tuned for: {string.Join(", ", left)}. docs/training.md says how to tune them anew.");
        return 0;
    }

    /// <summary>A folder, or the name of a model that comes with the program.</summary>
    private static string ModelFolder(string model)
    {
        var shipped = Path.Combine(AppContext.BaseDirectory, "models", model);
        return !Directory.Exists(model) && Directory.Exists(shipped) ? shipped : model;
    }
}
