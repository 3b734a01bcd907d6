using System.Text.Json;
using System.Text.Json.Nodes;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Training.Loop;
using UnifiedVlm.Training.Recipes;
using UnifiedVlm.Training.Teachers;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Training.Loop;

public sealed class TrainingFaultTests : IDisposable
{
    private readonly TrainingRun run = new();

    public void Dispose() => run.Dispose();

    [Theory]
    [InlineData(30, 10)]
    [InlineData(3, 3)]
    public void Steps_without_a_finite_loss_end_the_run_and_leave_nothing(int steps, int taken)
    {
        var recipe = TrainingRun.Recipe("""{ "pairs": { "groups": 4 } }""", $"steps={steps}", "evaluation.every=1");
        using var learner = Learner.Load(run.ModelFolder, recipe, TestDevice.Name);
        using (no_grad())
            learner.LogScale.fill_(float.NaN);
        var observer = new RecordingObserver();
        var error = Assert.Throws<TrainingException>(() => Run(recipe, learner, observer));

        Assert.Equal(taken, observer.Problems.Count);
        Assert.Contains("optimizer.lr", error.Message, StringComparison.Ordinal);
        Assert.Empty(observer.SavedAt);
    }

    [Fact]
    public void A_model_with_a_weight_that_is_no_number_is_not_trained()
    {
        using (var model = UnifiedModelLoader.Load(run.ModelFolder))
        using (no_grad())
        {
            model.Network.named_parameters().First(static p => p.name == "decoder.norm.weight").parameter.fill_(float.NaN);
            ModelCheckpoint.Save(model.Network, run.ModelFolder);
        }

        Assert.Equal("decoder.norm.weight", Assert.Throws<CheckpointException>(() => run.Train(TrainingRun.Recipe())).Tensor);
    }

    [Theory]
    [InlineData("pairs")]
    [InlineData("sequences")]
    public void Weights_that_are_no_numbers_any_more_are_not_written(string loss)
    {
        var losses = loss == "pairs" ? """{ "pairs": { "groups": 4 } }""" : """{ "sequences": { "batch": 4, "teachers": ["picture-histograms"] } }""";
        var recipe = TrainingRun.Recipe(losses, "steps=6", "evaluation.every=1", "evaluation.samples=4", "checkpoint_every=1");
        using var learner = Learner.Load(run.ModelFolder, recipe, TestDevice.Name);
        var observer = new RecordingObserver(afterStep: step =>
        {
            using var noGradients = no_grad();
            if (step == 3)
                learner.Model.Network.named_parameters().First(static p => p.name == "decoder.norm.weight").parameter.fill_(float.NaN);
        });
        var error = Assert.Throws<TrainingException>(() => Run(recipe, learner, observer));

        Assert.Contains("decoder.norm.weight", error.Message, StringComparison.Ordinal);
        Assert.Equal([1, 2], observer.SavedAt);
        Assert.True(double.IsFinite(CheckpointStore.ReadState(new CheckpointStore(run.Output).Current!).BestScore!.Value));
    }

    [Fact]
    public void A_checkpoint_that_fell_on_a_step_without_finite_losses_is_made_by_the_next_step()
    {
        var recipe = TrainingRun.Recipe("""{ "pairs": { "groups": 4 } }""", "steps=7", "checkpoint_every=2", "evaluation.every=100");
        using var learner = Learner.Load(run.ModelFolder, recipe, TestDevice.Name);
        var scale = learner.LogScale.ToDouble();
        var observer = new RecordingObserver(afterStep: step => SetScale(step == 3 ? float.NaN : scale), afterSkip: _ => SetScale(scale));
        var end = Run(recipe, learner, observer);

        Assert.Equal((7, 1), (end.Step, end.Skipped));
        Assert.Equal([1, 2, 3, 5, 6, 7], observer.Steps.Select(static s => s.Step));
        // Due after the steps 2, 4, 6 and the last: 5 makes up for 4, and 6 has its own.
        Assert.Equal([2, 5, 6, 7], observer.SavedAt);
        Assert.Equal(end, CheckpointStore.ReadState(new CheckpointStore(run.Output).Current!) with { Recipe = end.Recipe });

        void SetScale(double value)
        {
            using var noGradients = no_grad();
            learner.LogScale.fill_((float)value);
        }
    }

    [Theory]
    [InlineData("dialogues", "train.network=false")]
    [InlineData("regions", "train.lora.rank=2", "losses.regions.batch=4")]
    public void A_loss_in_which_nothing_that_is_trained_takes_part_is_named(string loss, params string[] overrides)
    {
        var error = Record.Exception(() => run.Train(TrainingRun.Recipe(overrides: overrides)))!.GetBaseException();
        Assert.Contains($"losses.{loss}=null", Assert.IsType<TrainingException>(error).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_trained_at_all_is_said()
    {
        var recipe = TrainingRun.Recipe("""{ "pairs": { "groups": 4 } }""", "train.network=false", "train.head=false", "train.soft_prompts=false");
        Assert.Contains("train.head", Record.Exception(() => run.Train(recipe))!.GetBaseException().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_encodes_with_an_adapter_is_not_trained()
    {
        using (var model = UnifiedModelLoader.Load(run.ModelFolder))
        using (var adapter = LoraAdapter.Create(model.Network, new LoraConfig { Rank = 2, Alpha = 4, Targets = LoraTargets.Named(["q_proj"]) }, 1))
        {
            adapter.Save(Path.Combine(run.ModelFolder, AdapterLibrary.FolderName, "x"));
            (model.Settings with { EncodingAdapter = "x" }).Save(run.ModelFolder);
        }

        var error = Assert.Throws<ConfigException>(() => run.Train(TrainingRun.Recipe()));
        Assert.Equal("encoding_adapter", error.Field);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Two_trainings_do_not_write_into_one_folder(bool resume)
    {
        using (RunLock.Take(run.Output))
        {
            var error = Assert.Throws<ConfigException>(() => run.Train(TrainingRun.Recipe(overrides: "steps=1"), resume));
            Assert.Equal("--out", error.Field);
            Assert.Contains("another training", error.Message, StringComparison.Ordinal);
        }

        run.Train(TrainingRun.Recipe(overrides: "steps=1"), resume);
        Assert.True(Directory.Exists(run.FinishedModel));
    }

    [Fact]
    public void Other_teachers_are_not_resumed()
    {
        var recipe = TrainingRun.Recipe("""{ "sequences": { "batch": 4, "teachers": ["picture-histograms"] } }""", "steps=4");
        run.Train(recipe, stopAfter: 2);
        ChangeState("teachers", new JsonArray("model=another"));
        Assert.Equal("losses.sequences.teachers", Assert.Throws<ConfigException>(() => run.Train(recipe, resume: true)).Field);

        // A checkpoint of before they were kept.
        ChangeState("teachers", null);
        Assert.Equal(2, run.Train(recipe, resume: true).Steps.Count);
    }

    [Fact]
    public void Parts_without_pairs_begin_at_the_temperature_of_pairs()
    {
        using var learner = Learner.Load(run.ModelFolder, TrainingRun.Recipe("""{ "parts": { "batch": 3 } }"""), TestDevice.Name);
        Assert.Equal(-Math.Log(new PairLossSettings().Temperature), learner.LogScale.ToDouble(), 1e-5);
    }

    [Fact]
    public void A_resumed_run_is_computed_as_it_was_begun()
    {
        var recipe = TrainingRun.Recipe(overrides: ["steps=4"]);
        var begun = run.Train(recipe, stopAfter: 2).Plan!.Precision;
        Assert.Equal(begun, CheckpointStore.ReadState(new CheckpointStore(run.Output).Current!).Precision);

        // As another machine, or this one at another time, had chosen.
        var other = begun == Precision.Float32 && cpu.supports_bf16 ? Precision.Bfloat16 : Precision.Float32;
        ChangeState("precision", JsonSerializer.SerializeToNode(other, RecipeFile.Options));
        Assert.Equal(other, run.Train(recipe, resume: true).Plan!.Precision);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(4096)]
    public void What_is_trained_may_be_missing_from_some_chunks(int tokens)
    {
        var recipe = TrainingRun.Recipe(
            """{ "pairs": { "groups": 4 } }""", "steps=2", "train.network=false", "train.head=false", "soft_prompts.image=4", "soft_prompts.text=0", $"compute.chunk_tokens={tokens}");
        Assert.Equal(2, run.Train(recipe).Steps.Count);
    }

    private RunState Run(Recipe recipe, Learner learner, RecordingObserver observer)
    {
        using var workers = new PassWorkers(1, "test");
        using var teachers = recipe.Losses.Sequences is { } sequences ? TeacherEnsemble.Open(sequences.Teachers, new TeacherContext(0)) : null;
        using var loop = new TrainingLoop(recipe, learner, new ToyData(), teachers, workers, run.Output, new CheckpointStore(run.Output), observer);
        return loop.Run(new RunState { Data = "toy", Recipe = [] }, CancellationToken.None);
    }

    private void ChangeState(string field, JsonNode? value)
    {
        var path = Path.Combine(new CheckpointStore(run.Output).Current!, "state.json");
        var state = JsonNode.Parse(File.ReadAllText(path))!;
        state[field] = value;
        File.WriteAllText(path, state.ToJsonString());
    }
}
