using UnifiedVlm.Model;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Training.Loop;
using UnifiedVlm.Training.Recipes;
using UnifiedVlm.Training.Teachers;

namespace UnifiedVlm.Tests.Unit.Training.Loop;

public sealed class ValidationTests : IDisposable
{
    private readonly TrainingRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void Measures_improve_and_the_best_model_is_kept()
    {
        var observer = run.Train(TrainingRun.Recipe(overrides: ["steps=60", "evaluation.every=20", "evaluation.samples=4", "metrics_every=5"]), threads: 2);
        var (first, last) = (observer.Evaluations[0].Result, observer.Evaluations[^1].Result);

        Assert.Equal([20, 40, 60], observer.Evaluations.Select(static e => e.Step));
        Assert.Equal(["captions", "dialogues", "dialogues.exact", "documents", "pairs.groups", "pairs.left", "pairs.right"], last.Measures.Keys);
        Assert.True(last.Score > first.Score, $"{first.Score} -> {last.Score}");
        Assert.InRange(last.Measures["pairs.groups"], 0.6, 1);
        using var best = UnifiedModelLoader.Load(Path.Combine(run.Output, Trainer.BestFolderName));
        Assert.True(best.IsTrained);
    }

    [Theory]
    [InlineData("{\"colours\": 1, \"notes\": 1}", new[] { "colours" })]
    [InlineData("{\"notes\": 1}", null)]
    [InlineData("{}", new string[0])]
    public void Sources_that_only_the_training_split_has_are_not_measured(string sources, string[]? measured)
    {
        var recipe = TrainingRun.Recipe(overrides: [$"losses.dialogues.sources={sources}"]);
        Assert.Equal(measured, Validator.Resized(recipe.Losses, new ToyData(unvalidated: "notes"), 8).Dialogues?.Sources.Keys);
    }

    [Fact]
    public void A_score_of_other_samples_is_not_compared()
    {
        // Nothing is learned in between.
        string[] few = ["optimizer.lr=1e-9", "optimizer.min_lr=1e-9", "steps=40", "evaluation.every=20", "evaluation.samples=4"];
        var first = run.Train(TrainingRun.Recipe(overrides: few), stopAfter: 30).Evaluations;
        var then = run.Train(TrainingRun.Recipe(overrides: [.. few, "evaluation.samples=64"]), resume: true).Evaluations;
        Assert.True(first[0].Result.Score > then[0].Result.Score, $"{first[0].Result.Score} of 4, {then[0].Result.Score} of 64: no score that would have stayed");
        Assert.True(then[0].IsBest);
    }

    [Fact]
    public void What_a_kill_has_left_of_files_is_removed()
    {
        var (left, other) = (Path.Combine(run.Output, $".metrics.jsonl.{Guid.NewGuid():N}.tmp"), Path.Combine(run.Output, ".notes.tmp"));
        File.WriteAllText(left, "{");
        File.WriteAllText(other, "Somebody's.");
        run.Train(TrainingRun.Recipe(overrides: ["steps=1"]));
        Assert.False(File.Exists(left));
        Assert.True(File.Exists(other));
    }

    [Fact]
    public void It_does_not_matter_how_many_samples_are_laid_out_at_a_time()
    {
        var recipe = TrainingRun.Recipe(
            """
            { "regions": { "batch": 1 }, "pairs": { "groups": 2 }, "captions": { "batch": 1 }, "dialogues": { "batch": 1 }, "documents": { "tokens": 1 }, "parts": { "batch": 1 },
              "sequences": { "batch": 2, "teachers": ["picture-histograms"] } }
            """, "evaluation.samples=14");
        using var learner = Learner.Load(run.ModelFolder, recipe, TestDevice.Name);
        using var teachers = TeacherEnsemble.Open(recipe.Losses.Sequences!.Teachers, new TeacherContext(0));
        using var workers = new PassWorkers(2);
        IReadOnlyDictionary<string, double> Measure(int slice)
            => new Validator(learner.Model, recipe, new ToyData(), teachers, new ChunkPass(learner.Model, Precision.Float32), workers, slice).Run().Measures;

        var (whole, bits) = (Measure(1000), Measure(3));
        Assert.Equal(["captions", "dialogues", "dialogues.exact", "documents", "pairs.groups", "pairs.left", "pairs.right", "parts.nearest", "regions", "regions.words", "sequences"], whole.Keys);
        Assert.Equal(whole.Keys, bits.Keys);
        Assert.All(whole, measure => Assert.Equal(measure.Value, bits[measure.Key], 1e-4));
    }

    [Fact]
    public void Image_tokens_learn_the_words_of_what_they_show()
    {
        var observer = run.Train(TrainingRun.Recipe("""{ "regions": { "batch": 16 } }""", "steps=40", "evaluation.every=40", "evaluation.samples=16"), threads: 2);
        var measures = observer.Evaluations[^1].Result.Measures;

        Assert.Equal(["regions", "regions.words"], measures.Keys);
        Assert.True(observer.Steps[^1].Losses.Regions < 0.5 * observer.Steps[0].Losses.Regions, $"{observer.Steps[0].Losses.Regions} -> {observer.Steps[^1].Losses.Regions}");

        // Eight colours.
        Assert.InRange(measures["regions.words"], 0.5, 1);
    }

    [Fact]
    public void Parts_find_those_that_say_the_same()
    {
        var observer = run.Train(TrainingRun.Recipe("""{ "parts": { "batch": 2 } }""", "steps=60", "evaluation.every=60", "evaluation.samples=16"), threads: 2);

        Assert.Equal(["parts.nearest"], observer.Evaluations[^1].Result.Measures.Keys);
        Assert.True(observer.Steps[^1].Losses.PartLoss < 0.8 * observer.Steps[0].Losses.PartLoss, $"{observer.Steps[0].Losses.PartLoss} -> {observer.Steps[^1].Losses.PartLoss}");
    }

    [Fact]
    public void Metrics_are_lines_in_order_also_after_a_resume()
    {
        var recipe = TrainingRun.Recipe("""{ "documents": { "tokens": 32 } }""", "steps=6", "metrics_every=1", "evaluation.every=3", "evaluation.samples=4", "checkpoint_every=2");
        run.Train(recipe, stopAfter: 4);
        File.AppendAllText(Path.Combine(run.Output, "metrics.jsonl"), "{\"step\":5,\"losses\":{}}\n{\"st");
        run.Train(recipe, resume: true);

        var lines = new MetricsLog(run.Output, int.MaxValue).Read();
        Assert.Equal([1, 2, 3, 3, 4, 5, 6, 6], lines.Select(static l => (int)l["step"]!));
        Assert.True((double)lines[0]["losses"]!["documents"]! > 0);
        var report = File.ReadAllText(Path.Combine(run.Output, "report.html"));
        Assert.Contains("<polyline", report, StringComparison.Ordinal);
        Assert.DoesNotContain("http", report, StringComparison.Ordinal);
    }
}
