using System.Text.Json.Nodes;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Training.Loop;
using UnifiedVlm.Training.Recipes;

namespace UnifiedVlm.Tests.Unit.Training.Loop;

public sealed class LoraTrainingTests : IDisposable
{
    private readonly TrainingRun run = new();

    public void Dispose() => run.Dispose();

    [Theory]
    [InlineData("train.lora.rank", "33")]
    [InlineData("train.lora.targets", "(([a-z_0-9.]+)+)+X")]
    [InlineData("train.lora.targets", "nothing")]
    public void A_setting_that_does_not_fit_the_model_is_named_as_the_recipe_has_it(string field, string value) =>
        Assert.Equal(field, Assert.Throws<ConfigException>(() => run.Train(TrainingRun.Recipe(overrides: [$"{field}={value}"]))).Field);

    [Fact]
    public void Its_layers_may_be_named_by_their_ends()
    {
        using var learner = Learner.Load(run.ModelFolder, Naming("q_proj"), TestDevice.Name);
        Assert.Equal(["q_proj", "v_proj"], learner.Adapter!.Layers.Select(static layer => layer[(layer.LastIndexOf('.') + 1)..]).Distinct().Order());

        var error = Assert.Throws<ConfigException>(() => Learner.Load(run.ModelFolder, Naming("nothing"), TestDevice.Name));
        Assert.Equal("train.lora.targets", error.Field);
        Assert.Contains("'nothing' is no linear layer", error.Problem, StringComparison.Ordinal);

        static Recipe Naming(string layer) => TrainingRun.Recipe(overrides: [$"""train.lora.targets=["{layer}", "v_proj"]""", "train.lora.rank=4"]);
    }

    [Fact]
    public void The_adapter_learns_and_the_base_stays()
    {
        var recipe = TrainingRun.Recipe(overrides: ["steps=20", "train.lora.rank=4", "evaluation.every=5", "evaluation.samples=4"]);
        var steps = run.Train(recipe, stopAfter: 12).Steps.Concat(run.Train(recipe, resume: true).Steps).ToList();
        Assert.True(steps[^1].Losses.Captions < steps[0].Losses.Captions);

        AssertMerges(Trainer.AdapterFolderName, run.FinishedModel, recipe.Seed);
        using var file = SafetensorsFile.Open(Path.Combine(run.Output, Trainer.AdapterFolderName, LoraAdapter.FileName));
        Assert.All(file.Entries.Keys, static name => Assert.Contains("decoder.blocks.", name, StringComparison.Ordinal));

        // PEFT refuses a pattern that matches a whole block too.
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(run.Output, Trainer.AdapterFolderName, LoraConfig.FileName)))!;
        var layers = file.Entries.Keys.Select(static name => name["base_model.model.".Length..name.IndexOf(".lora_", StringComparison.Ordinal)]).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(layers, config["target_modules"]!.AsArray().Select(static layer => (string)layer!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_adapter_of_the_best_validation_is_kept_with_its_weights()
    {
        // The rate is far too large for what comes after the first validation.
        var recipe = TrainingRun.Recipe(overrides: ["steps=8", "train.lora.rank=4", "evaluation.every=2", "evaluation.samples=4", "optimizer.lr=1", "optimizer.warmup=0.5"]);
        var validations = run.Train(recipe).Evaluations;
        Assert.Contains(validations, validation => validation.Result.Score > validations[^1].Result.Score);
        AssertMerges(Trainer.BestAdapterFolderName, Path.Combine(run.Output, Trainer.BestFolderName), recipe.Seed);
    }

    [Fact]
    public void A_checkpoint_whose_adapter_is_beside_the_weights_is_only_resumed()
    {
        run.Train(TrainingRun.Recipe(overrides: ["steps=4", "train.lora.rank=4"]), stopAfter: 2);
        var checkpoint = new CheckpointStore(run.Output).Current!;
        Assert.Contains("--resume", Assert.Throws<ConfigException>(() => UnifiedModelLoader.Load(checkpoint)).Message, StringComparison.Ordinal);
        Assert.Equal("adapter", Assert.Throws<ConfigException>(() => Learner.Load(checkpoint, TrainingRun.Recipe(), TestDevice.Name)).Field);
    }

    private void AssertMerges(string adapterFolder, string mergedFolder, ulong seed)
    {
        using var start = UnifiedModelLoader.Load(run.ModelFolder, seed: seed);
        using var adapter = LoraAdapter.Load(start.Network, Path.Combine(run.Output, adapterFolder));
        adapter.Merge();
        using var merged = UnifiedModelLoader.Load(mergedFolder);
        foreach (var (expected, actual) in start.Network.parameters().Zip(merged.Network.parameters()))
        {
            if (TestDevice.IsCpu)
                Assert.Equal(expected.data<float>(), actual.data<float>());
            else
                Assert.True(expected.allclose(actual, 1e-3, 1e-3), "merged on a GPU, whose products are rounded to TF32");
        }
    }
}
