using System.Text.Json.Nodes;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Training.Loop;

namespace UnifiedVlm.Tests.Unit.Training.Loop;

public sealed class TrainerTests : IDisposable
{
    private readonly TrainingRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void Every_loss_falls()
    {
        var steps = run.Train(TrainingRun.Recipe()).Steps;
        var (first, last) = (steps[0].Losses, steps[^1].Losses);

        Assert.Equal(30, steps.Count);
        Assert.True(last.Pairs < 0.8 * first.Pairs, $"pairs {first.Pairs} -> {last.Pairs}");
        Assert.True(last.Captions < 0.4 * first.Captions, $"captions {first.Captions} -> {last.Captions}");
        Assert.True(last.Dialogues < 0.4 * first.Dialogues, $"dialogues {first.Dialogues} -> {last.Dialogues}");
        Assert.True(last.Documents < 0.4 * first.Documents, $"documents {first.Documents} -> {last.Documents}");
    }

    [Theory]
    [InlineData("adamw")]
    [InlineData("muon")]
    public void A_run_in_two_parts_is_the_run_in_one(string matrices)
    {
        // Left to itself each of the two runs would choose its precision by what it measures.
        var recipe = TrainingRun.Recipe(overrides: ["steps=6", "checkpoint_every=100", $"optimizer.matrices={matrices}", "optimizer.temperature_rate=10", "compute.precision=float32"]);
        using var whole = new TrainingRun();
        var straight = whole.Train(recipe).Steps;
        var parts = run.Train(recipe, stopAfter: 3).Steps.Concat(run.Train(recipe, resume: true).Steps).ToList();

        Assert.Equal(6, parts.Count);
        for (var i = 0; i < 6; i++)
        {
            foreach (var (expected, actual) in straight[i].Losses.Parts().Zip(parts[i].Losses.Parts()))
                Assert.Equal(expected.Value, actual.Value, (TestDevice.IsCpu ? 1e-5 : 1e-3) * expected.Value);
        }

        // A GPU adds up in no fixed order.
        if (!TestDevice.IsCpu)
            return;

        foreach (var file in new[] { "model.safetensors", "embedding.safetensors" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole.FinishedModel, file)), File.ReadAllBytes(Path.Combine(run.FinishedModel, file)));
    }

    [Theory]
    [InlineData("adamw")]
    [InlineData("muon")]
    public void A_vision_rate_of_zero_leaves_the_vision_encoder_as_it_was(string matrices)
    {
        var recipe = TrainingRun.Recipe(overrides: ["steps=2", $"optimizer.matrices={matrices}", "optimizer.vision_rate=0"]);
        run.Train(recipe);
        using var before = UnifiedModelLoader.Load(run.ModelFolder, seed: recipe.Seed);
        using var after = UnifiedModelLoader.Load(run.FinishedModel);

        foreach (var ((name, first), (_, second)) in before.Network.named_parameters().Zip(after.Network.named_parameters()))
            Assert.Equal(name.StartsWith("vision_encoder.", StringComparison.Ordinal), first.allclose(second, rtol: 0, atol: 0));
    }

    [Theory]
    [InlineData("adamw")]
    [InlineData("muon")]
    public void A_network_rate_of_zero_leaves_all_but_head_and_soft_prompts_as_it_was(string matrices)
    {
        var recipe = TrainingRun.Recipe("""{ "pairs": { "groups": 4 } }""", "steps=2", $"optimizer.matrices={matrices}", "optimizer.network_rate=0");
        var steps = run.Train(recipe).Steps;
        using var before = UnifiedModelLoader.Load(run.ModelFolder, seed: recipe.Seed);
        using var after = UnifiedModelLoader.Load(run.FinishedModel);

        Assert.All(before.Network.parameters().Zip(after.Network.parameters()), static p => Assert.True(p.First.allclose(p.Second, rtol: 0, atol: 0)));
        Assert.NotEqual(steps[0].Losses.Pairs, steps[1].Losses.Pairs);
    }

    [Fact]
    public void A_run_that_began_before_a_key_was_added_goes_on()
    {
        run.Train(TrainingRun.Recipe(overrides: ["steps=3"]), stopAfter: 1);
        var path = Path.Combine(new CheckpointStore(run.Output).Current!, "state.json");
        var state = JsonNode.Parse(File.ReadAllText(path))!;
        Assert.True(state["recipe"]!["optimizer"]!.AsObject().Remove("network_rate"));
        File.WriteAllText(path, state.ToJsonString());

        Assert.Equal("optimizer.network_rate", Refused(() => run.Train(TrainingRun.Recipe(overrides: ["steps=3", "optimizer.network_rate=0.5"]), resume: true)));
        Assert.Equal(3, run.Train(TrainingRun.Recipe(overrides: ["steps=3"]), resume: true).Steps[^1].Step);

        state["recipe"]!["optimizer"]!["gone"] = 1;
        path = Path.Combine(new CheckpointStore(run.Output).Current!, "state.json");
        File.WriteAllText(path, state.ToJsonString());
        Assert.Equal("optimizer.gone", Refused(() => run.Train(TrainingRun.Recipe(overrides: ["steps=3", "optimizer.network_rate=1"]), resume: true)));
    }

    [Fact]
    public void The_finished_folder_is_a_model()
    {
        run.Train(TrainingRun.Recipe(overrides: ["steps=2", "export=bfloat16"]));
        using var model = UnifiedModelLoader.Load(run.FinishedModel);

        Assert.True(model.IsTrained);
        Assert.Equal(16, model.Encoder.Dimension);
        Assert.Equal(8, model.Summaries[UnifiedVlm.Model.Preparation.InputModality.Image].Count);
    }

    [Fact]
    public void Another_recipe_or_other_data_are_not_resumed()
    {
        run.Train(TrainingRun.Recipe(overrides: ["steps=4"]), stopAfter: 1);

        Assert.Equal("optimizer.lr", Refused(() => run.Train(TrainingRun.Recipe(overrides: ["steps=4", "optimizer.lr=2e-3"]), resume: true)));
        Assert.Equal("losses.captions.batch", Refused(() => run.Train(TrainingRun.Recipe(overrides: ["steps=4", "losses.captions=null"]), resume: true)));
        Assert.Equal("data", Refused(() => run.Train(TrainingRun.Recipe(overrides: ["steps=4"]), resume: true, data: new ToyData(fingerprint: "other"))));
        Assert.Equal("--out", Refused(() => run.Train(TrainingRun.Recipe(overrides: ["steps=4"]))));
    }

    [Fact]
    public void The_metrics_of_a_stopped_run_are_those_of_the_run_in_one()
    {
        // A GPU adds up in no fixed order.
        if (!TestDevice.IsCpu)
            return;
        var recipe = TrainingRun.Recipe(overrides: ["steps=10", "metrics_every=4", "compute.precision=float32"]);
        using var whole = new TrainingRun();
        whole.Train(recipe);
        run.Train(recipe, stopAfter: 6);
        run.Train(recipe, resume: true);

        var lines = Lines(run);
        Assert.Equal(["4", "8", "10"], lines.Select(static line => line.Split(' ')[0]));
        Assert.Equal(Lines(whole), lines);

        // What does not depend on the clock.
        static List<string> Lines(TrainingRun run) =>
        [
            .. File.ReadLines(Path.Combine(run.Output, "metrics.jsonl")).Select(static line => JsonNode.Parse(line)!).Where(static line => line["losses"] is not null)
                .Select(static line => $"{line["step"]} {line["losses"]!.ToJsonString()} {line["grad_norm"]} {line["lr"]} {line["gigaflop_per_step"]}"),
        ];
    }

    [Fact]
    public void Saving_more_often_is_the_same_run()
    {
        run.Train(TrainingRun.Recipe(overrides: ["steps=3"]), stopAfter: 1);
        var observer = run.Train(TrainingRun.Recipe(overrides: ["steps=3", "checkpoint_every=1"]), resume: true);
        Assert.Equal([2, 3], observer.SavedAt);
    }

    [Fact]
    public void Pictures_of_another_size_are_refused() =>
        Assert.Equal("model", Refused(() => run.Train(TrainingRun.Recipe(), data: new ToyData(side: 16))));

    private static string Refused(Action action) => Assert.Throws<ConfigException>(action).Field;
}
