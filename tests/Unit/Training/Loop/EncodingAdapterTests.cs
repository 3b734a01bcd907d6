using UnifiedVlm.Documents;
using UnifiedVlm.Model;
using UnifiedVlm.Tests.Unit.Model;
using UnifiedVlm.Torch.Imaging;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Layout;
using UnifiedVlm.Training.Loop;
using UnifiedVlm.Training.Recipes;
using UnifiedVlm.Training.Samples;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Training.Loop;

/// <summary>LoRA for encoding alone: vectors are learned beside the network, answers in it.</summary>
public sealed class EncodingAdapterTests : IDisposable
{
    private static readonly string[] Adapter =
        ["steps=6", "optimizer.clip=1e9", "train.lora.rank=4", "train.lora.targets=all-linear", "train.lora.scope=encoding", "compute.precision=float32"];

    private readonly TrainingRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void What_is_generated_is_learned_as_if_nothing_else_was()
    {
        // A GPU adds up in no fixed order.
        if (!TestDevice.IsCpu)
            return;

        var all = run.Train(TrainingRun.Recipe("""{ "pairs": { "groups": 4, "captioning": 0.3 }, "captions": { "batch": 4 }, "parts": { "batch": 2 }, "dialogues": { "batch": 4 }, "documents": { "tokens": 64 } }""", Adapter)).Steps;
        using var other = new TrainingRun();
        var words = other.Train(TrainingRun.Recipe("""{ "dialogues": { "batch": 4 }, "documents": { "tokens": 64 } }""", "steps=6", "optimizer.clip=1e9", "compute.precision=float32")).Steps;

        Assert.Equal(words.Select(static s => s.Losses.Dialogues), all.Select(static s => s.Losses.Dialogues));
        Assert.Equal(File.ReadAllBytes(Path.Combine(other.FinishedModel, "model.safetensors")), File.ReadAllBytes(Path.Combine(run.FinishedModel, "model.safetensors")));
        Assert.True(all[^1].Losses.Pairs < all[0].Losses.Pairs);
        using var start = UnifiedModelLoader.Load(run.ModelFolder, seed: 1);
        using var end = UnifiedModelLoader.Load(run.FinishedModel);
        Assert.Contains(start.Network.named_parameters().Zip(end.Network.named_parameters()), static p => !p.First.parameter.allclose(p.Second.parameter));
    }

    [Fact]
    public void The_finished_folder_encodes_as_the_training_did_and_generates_without_the_adapter()
    {
        var recipe = TrainingRun.Recipe(overrides: [.. Adapter, "checkpoint_every=3", "evaluation.every=3", "evaluation.samples=4"]);
        run.Train(recipe, stopAfter: 4);
        run.Train(recipe, resume: true);
        Assert.False(Directory.Exists(Path.Combine(run.Output, Trainer.AdapterFolderName)));

        using var learner = Learner.Load(new CheckpointStore(run.Output).Current!, recipe, TestDevice.Name, isResumed: true);
        using var served = UnifiedModelLoader.Load(run.FinishedModel, TestDevice.Name, type: float32);
        Assert.Equal("encoding", served.Settings.EncodingAdapter);
        var square = new ToyData().Square(3);
        var picture = new ImagePart(new InlineImage(ImageEncoder.EncodePng(new RgbImage(square.Side, square.Side, square.Rgb.ToArray()))));
        using var prepared = served.Preparer.Prepare(Samples.Document(picture), default);
        using var laid = new SampleLayout(learner.Model).Embedded(Content.Of(square));
        using var scope = NewDisposeScope();
        ChunkPass with = new(learner.Model, Precision.Float32, learner.EncodingAdapter), without = new(learner.Model, Precision.Float32);
        var shown = new Chunk([laid], [0]);
        var trained = with.Summaries(shown).flatten().data<float>();
        var encoded = served.Encoder.Encode([prepared], default)[0].DocumentVector.ToArray();
        Assert.All(trained.Zip(encoded), static v => Assert.Equal(v.First, v.Second, 1e-3f));
        Assert.Contains(trained.Zip(without.Summaries(shown).flatten().data<float>()), static v => Math.Abs(v.First - v.Second) > 1e-2);

        // Answers come from the network alone, in the training too.
        using var asked = new SampleLayout(learner.Model).Answered(new ToyData().Dialogues(DataSplit.Train)["colours"].Get(3));
        var answer = new Chunk([asked], [0]);
        Assert.Equal(without.TokenLoss(answer).ToDouble(), with.TokenLoss(answer).ToDouble());
    }
}
