using UnifiedVlm.Tests.Unit.Model;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Loop;
using UnifiedVlm.Training.Recipes;

namespace UnifiedVlm.Tests.Unit.Training.Loop;

/// <summary>A very small model, toy data and a folder to train in.</summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly ModelFolder model = new();

    public string Output { get; } = Directory.CreateTempSubdirectory("uvlm-train-").FullName;

    public string ModelFolder => model.Folder;

    public string FinishedModel => Path.Combine(Output, Trainer.ModelFolderName);

    public static Recipe Recipe(string losses = AllLosses, params string[] overrides) => RecipeFile.Parse(
        "test.json",
        System.Text.Encoding.UTF8.GetBytes($$"""{ "steps": 30, "optimizer": { "lr": 5e-3, "min_lr": 1e-3 }, "head": { "inner": 32, "dimension": 16 }, "losses": {{losses}} }"""),
        overrides);

    public const string AllLosses =
        """{ "pairs": { "groups": 4 }, "captions": { "batch": 4 }, "dialogues": { "batch": 4 }, "documents": { "tokens": 64 } }""";

    /// <param name="start">The model folder that the run begins with; the very small model without weights unless given.</param>
    public RecordingObserver Train(
        Recipe recipe, bool resume = false, int threads = 1, ITrainingData? data = null, int? stopAfter = null, string? output = null, string? start = null)
    {
        using var stop = new CancellationTokenSource();
        var observer = new RecordingObserver(step =>
        {
            if (step == stopAfter)
                stop.Cancel();
        });
        new Trainer(recipe, start ?? ModelFolder, data ?? new ToyData(), output ?? Output, threads, observer, TestDevice.Name).Run(resume, stop.Token);
        return observer;
    }

    public void Dispose()
    {
        model.Dispose();
        Directory.Delete(Output, recursive: true);
    }
}
