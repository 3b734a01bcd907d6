using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Layout;
using UnifiedVlm.Training.Loop;
using UnifiedVlm.Training.Recipes;
using UnifiedVlm.Training.Teachers;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Training.Loop;

public sealed class GradientStepTests : IDisposable
{
    private readonly TrainingRun run = new();

    public void Dispose() => run.Dispose();

    [Theory]
    [InlineData(1, "false", "false")]
    [InlineData(2, "false", "false")]
    [InlineData(2, "true", "false")]
    [InlineData(2, "false", "true")]
    public void Chunks_add_up_to_the_undivided_batch(int threads, string recompute, string checkpointing)
    {
        var whole = Gradients(1, "compute.chunk_tokens=1000000", "compute.recompute=false");
        var chunked = Gradients(threads, "compute.chunk_tokens=48", $"compute.recompute={recompute}", $"compute.activation_checkpointing={checkpointing}");

        Assert.Equal(whole.Keys.Order(), chunked.Keys.Order());
        Assert.True(whole.Count > 30);
        foreach (var (name, expected) in whole)
            AssertClose(name, expected, chunked[name]);
    }

    [Fact]
    public void The_contrastive_gradient_is_autograds()
    {
        var recipe = TrainingRun.Recipe("""{ "pairs": { "groups": 4 } }""");
        var chunked = Gradients(recipe, threads: 2, "compute.chunk_tokens=32");

        using var learner = Learner.Load(run.ModelFolder, recipe, TestDevice.Name);
        using var workers = new PassWorkers(1);
        using var batch = new BatchDrawer(learner.Model, recipe, new ToyData(), DataSplit.Train, null, workers).Draw(0);
        using var scope = NewDisposeScope();
        var pairs = batch.Pairs!;
        var vectors = new ChunkPass(learner.Model, Precision.Float32).Summaries(new Chunk(pairs.Sides, [.. Enumerable.Range(0, pairs.Sides.Count)]));
        var logits = vectors.narrow(0, 0, pairs.Count).matmul(vectors.narrow(0, pairs.Count, pairs.Count).transpose(0, 1)) * learner.LogScale.exp();
        if (pairs.TwinMask(vectors.device) is { } twins)
            logits = logits.masked_fill(twins, -1e4);
        var own = arange(pairs.Count, int64, TestDevice.Name);
        ((nn.functional.cross_entropy(logits, own) + nn.functional.cross_entropy(logits.transpose(0, 1), own)) * 0.5).backward();
        foreach (var (name, expected) in Named(learner))
            AssertClose(name, expected, chunked[name]);
    }

    [Theory]
    [InlineData("tokens", 1.0)]
    [InlineData("root", 0.5)]
    [InlineData("samples", 0.0)]
    public void An_answer_counts_by_its_length_as_the_recipe_says(string averaging, double power)
    {
        var recipe = TrainingRun.Recipe($$"""{ "dialogues": { "batch": 4, "averaging": "{{averaging}}" } }""");
        var chunked = Gradients(recipe, threads: 2, "compute.chunk_tokens=48");

        using var learner = Learner.Load(run.ModelFolder, recipe, TestDevice.Name);
        using var workers = new PassWorkers(1);
        using var batch = new BatchDrawer(learner.Model, recipe, new ToyData(), DataSplit.Train, null, workers).Draw(0);
        using var scope = NewDisposeScope();
        var pass = new ChunkPass(learner.Model, Precision.Float32);
        var lengths = batch.Dialogues.Select(static s => (double)s.Places.Length).ToList();
        Assert.True(lengths.Distinct().Count() > 1);
        var total = lengths.Sum(length => Math.Pow(length, power));
        foreach (var sequence in batch.Dialogues)
        {
            // The mean over an answer's own tokens, times its share.
            var length = sequence.Places.Length;
            var loss = pass.TokenLoss(new Chunk([sequence with { TokenWeight = 1 }], [0]));
            (loss * (Math.Pow(length, power) / length / total)).backward();
        }

        foreach (var (name, expected) in Named(learner))
            AssertClose(name, expected, chunked[name]);
    }

    [Theory]
    [InlineData("false")]
    [InlineData("true")]
    public void Captioning_adds_the_gradient_of_the_texts_after_their_summaries(string recompute)
    {
        const double Weight = 0.7;
        var recipe = TrainingRun.Recipe("""{ "pairs": { "groups": 4, "captioning": 0.7 } }""");
        var together = Gradients(recipe, threads: 2, "compute.chunk_tokens=32", $"compute.recompute={recompute}");
        var contrast = Gradients(TrainingRun.Recipe("""{ "pairs": { "groups": 4 } }"""), threads: 1);

        using var learner = Learner.Load(run.ModelFolder, recipe, TestDevice.Name);
        using var workers = new PassWorkers(1);
        using var batch = new BatchDrawer(learner.Model, recipe, new ToyData(), DataSplit.Train, null, workers).Draw(0);
        using var scope = NewDisposeScope();
        var pictures = batch.Pairs!.Sides.Take(batch.Pairs.Count).ToList();
        Assert.All(pictures, static side => Assert.NotEmpty(side.Places));
        Assert.All(batch.Pairs.Sides.Skip(pictures.Count), static side => Assert.Empty(side.Places));
        var loss = new ChunkPass(learner.Model, Precision.Float32).TokenLoss(new Chunk(pictures, [.. Enumerable.Range(0, pictures.Count)]));
        (loss * (Weight / pictures.Sum(static side => side.Places.Length))).backward();
        var tokens = Named(learner);
        foreach (var (name, actual) in together)
        {
            var expected = new float[actual.Length];
            foreach (var part in new[] { contrast, tokens })
            {
                for (var i = 0; i < expected.Length; i++)
                    expected[i] += part.TryGetValue(name, out var values) ? values[i] : 0;
            }

            AssertClose(name, expected, actual);
        }
    }

    private Dictionary<string, float[]> Gradients(int threads, params string[] overrides) => Gradients(
        TrainingRun.Recipe(TrainingRun.AllLosses.Replace("{ \"pairs\"", "{ \"regions\": { \"batch\": 6 }, \"parts\": { \"batch\": 3 }, \"sequences\": { \"batch\": 4, \"teachers\": [\"picture-histograms\"] }, \"pairs\"", StringComparison.Ordinal), overrides), threads);

    private Dictionary<string, float[]> Gradients(Recipe recipe, int threads, params string[] overrides)
    {
        if (overrides.Length > 0)
            recipe = TrainingRun.Recipe(RecipeFile.ToJson(recipe)["losses"]!.ToJsonString(), overrides);
        using var learner = Learner.Load(run.ModelFolder, recipe, TestDevice.Name);
        using var workers = new PassWorkers(threads);
        using var teachers = recipe.Losses.Sequences is { } s ? TeacherEnsemble.Open(s.Teachers, new TeacherContext(0)) : null;
        using var batch = new BatchDrawer(learner.Model, recipe, new ToyData(), DataSplit.Train, teachers, workers).Draw(0);
        new GradientStep(new ChunkPass(learner.Model, Precision.Float32), learner, recipe.Losses, recipe.Compute, workers, workers.Threads).Run(batch, 1);
        return Named(learner);
    }

    private static Dictionary<string, float[]> Named(Learner learner)
    {
        using var scope = NewDisposeScope();
        return learner.Model.Network.named_parameters().Concat(learner.Model.Head.named_parameters()).Append(("log_scale", learner.LogScale))
            .Where(static p => p.Item2.grad is not null).ToDictionary(static p => p.Item1, static p => p.Item2.grad!.data<float>());
    }

    private static void AssertClose(string name, float[] expected, float[] actual)
    {
        var norm = Math.Sqrt(expected.Sum(static v => (double)v * v));
        var difference = Math.Sqrt(expected.Zip(actual, static (a, b) => ((double)a - b) * (a - b)).Sum());

        // A training in a test beside this one has a GPU's products rounded to TF32.
        var tolerance = TestDevice.IsCpu ? 1e-4 : 5e-3;
        Assert.True(difference <= tolerance * norm + 1e-7, $"{name}: {difference} of {norm}");
    }
}
