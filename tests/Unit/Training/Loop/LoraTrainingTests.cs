using UnifiedVlm.Model;
using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Training.Loop;

namespace UnifiedVlm.Tests.Unit.Training.Loop;

public sealed class LoraTrainingTests : IDisposable
{
    private readonly TrainingRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void The_adapter_learns_and_the_base_stays()
    {
        var recipe = TrainingRun.Recipe(overrides: ["steps=20", "train.lora.rank=4", "evaluation.every=5", "evaluation.samples=4"]);
        var steps = run.Train(recipe, stopAfter: 12).Steps.Concat(run.Train(recipe, resume: true).Steps).ToList();
        Assert.True(steps[^1].Losses.Captions < steps[0].Losses.Captions);

        using var start = UnifiedModelLoader.Load(run.ModelFolder, seed: recipe.Seed);
        using var adapter = LoraAdapter.Load(start.Network, Path.Combine(run.Output, Trainer.AdapterFolderName));
        adapter.Merge();
        using var merged = UnifiedModelLoader.Load(run.FinishedModel);
        foreach (var (expected, actual) in start.Network.parameters().Zip(merged.Network.parameters()))
        {
            if (TestDevice.IsCpu)
                Assert.Equal(expected.data<float>(), actual.data<float>());
            else
                Assert.True(expected.allclose(actual, 1e-3, 1e-3), "merged on a GPU, whose products are rounded to TF32");
        }

        using var file = SafetensorsFile.Open(Path.Combine(run.Output, Trainer.AdapterFolderName, LoraAdapter.FileName));
        Assert.All(file.Entries.Keys, static name => Assert.Contains("decoder.blocks.", name, StringComparison.Ordinal));
    }
}
