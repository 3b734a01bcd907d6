using System.Text.Json.Nodes;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Training.Loop;
using UnifiedVlm.Training.Recipes;

namespace UnifiedVlm.Tests.Unit.Training.Loop;

/// <summary>What a run takes over of the starting model's head and soft prompts, and what it begins anew.</summary>
public sealed class StartingHeadTests : IDisposable
{
    private const string Words = """{ "documents": { "tokens": 32 } }""";

    private static readonly string[] Without = ["soft_prompts.image=0", "soft_prompts.text=0", "soft_prompts.interleaved=0", "head.inner=0"];

    // Nothing moves, so that what was taken over is bit for bit what it was.
    private static readonly string[] Still = ["steps=1", "optimizer.lr=0", "optimizer.min_lr=0"];

    private readonly TrainingRun first = new();
    private readonly TrainingRun second = new();

    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
    }

    [Fact]
    public void What_a_recipe_gives_another_size_begins_anew_and_the_rest_stays()
    {
        first.Train(TrainingRun.Recipe(overrides: ["steps=1"]));
        var observer = second.Train(TrainingRun.Recipe(overrides: [.. Still, "soft_prompts.image=4"]), start: first.FinishedModel);
        using var before = UnifiedModelLoader.Load(first.FinishedModel);
        using var after = UnifiedModelLoader.Load(second.FinishedModel);

        Assert.Equal(4, after.Head.SoftPromptLengths[InputModality.Image]);
        Assert.True(after.Head.SoftPrompt(InputModality.Image)!.abs().max().ToDouble() > 0);
        var kept = Parameters(before).Where(static p => p.Key != "soft_prompt.image").ToList();
        Assert.Equal(6, kept.Count);
        Assert.All(kept, p => Assert.Equal(p.Value, Parameters(after)[p.Key]));
        Assert.Equal("soft_prompts.image: 4 new vectors, as the recipe says; the starting model has 8", Assert.Single(observer.Replacements));
    }

    [Fact]
    public void A_head_of_another_width_begins_anew_beside_the_soft_prompts()
    {
        first.Train(TrainingRun.Recipe(overrides: ["steps=1"]));
        var observer = second.Train(TrainingRun.Recipe(overrides: [.. Still, "head.dimension=8"]), start: first.FinishedModel);
        using var before = UnifiedModelLoader.Load(first.FinishedModel);
        using var after = UnifiedModelLoader.Load(second.FinishedModel);

        Assert.Equal((32, 8), after.Head.Layers!.Value);
        Assert.Equal(8, after.Encoder.Dimension);
        var (old, now) = (Parameters(before), Parameters(after));
        Assert.NotEqual(old["head.fc1.weight"], now["head.fc1.weight"]);
        Assert.All(now.Keys.Where(static name => name.StartsWith("soft_prompt.", StringComparison.Ordinal)), name => Assert.Equal(old[name], now[name]));
        Assert.Equal("head: 32 -> 8, as the recipe says; the starting model has 32 -> 16", Assert.Single(observer.Replacements));
    }

    [Fact]
    public void What_a_recipe_sets_to_zero_is_left_out_and_the_next_stage_begins_with_a_head()
    {
        first.Train(TrainingRun.Recipe(overrides: ["steps=1"]));
        Assert.Equal(4, second.Train(TrainingRun.Recipe(Words, ["steps=1", .. Without]), start: first.FinishedModel).Replacements.Count);
        Assert.False(File.Exists(Path.Combine(second.FinishedModel, EmbeddingHead.FileName)));

        using var third = new TrainingRun();
        Assert.Empty(third.Train(TrainingRun.Recipe(overrides: ["steps=1"]), start: second.FinishedModel).Replacements);
        using var model = UnifiedModelLoader.Load(third.FinishedModel);
        Assert.Contains("head.fc1.weight", Parameters(model).Keys);
        Assert.Equal([8, 8, 8], model.Head.SoftPromptLengths.Values);
    }

    [Fact]
    public void What_a_recipe_does_not_give_is_as_the_starting_model_has_it()
    {
        first.Train(TrainingRun.Recipe(Words, "steps=1", "soft_prompts.image=3", "soft_prompts.text=0", "soft_prompts.interleaved=2", "head.inner=0"));
        var recipe = RecipeFile.Parse("test.json", """{ "steps": 1, "losses": { "pairs": { "groups": 4 } } }"""u8);
        Assert.Empty(second.Train(recipe, start: first.FinishedModel).Replacements);
        using var model = UnifiedModelLoader.Load(second.FinishedModel);

        Assert.Null(model.Head.Layers);
        Assert.Equal([3, 2], model.Head.SoftPromptLengths.OrderBy(static l => l.Key).Select(static l => l.Value));
    }

    [Fact]
    public void A_run_whose_recipe_said_all_sizes_goes_on_with_one_that_leaves_them_to_the_model()
    {
        first.Train(TrainingRun.Recipe(overrides: ["steps=3"]), stopAfter: 1);
        var path = Path.Combine(new CheckpointStore(first.Output).Current!, "state.json");
        var state = JsonNode.Parse(File.ReadAllText(path))!;
        foreach (var name in new[] { "image", "text", "interleaved" })
            state["recipe"]!["soft_prompts"]![name] = 8;
        File.WriteAllText(path, state.ToJsonString());

        Assert.Equal("soft_prompts.image", Assert.Throws<ConfigException>(() => first.Train(TrainingRun.Recipe(overrides: ["steps=3", "soft_prompts.image=4"]), resume: true)).Field);
        Assert.Equal(2, first.Train(TrainingRun.Recipe(overrides: ["steps=3"]), resume: true, stopAfter: 2).Steps[^1].Step);

        // And with the one it began with.
        Assert.Equal(3, first.Train(TrainingRun.Recipe(overrides: ["steps=3", "soft_prompts.image=8"]), resume: true).Steps[^1].Step);
    }

    [Fact]
    public void An_empty_head_leaves_no_file_behind()
    {
        using (var head = new EmbeddingHead(4, (3, 2)))
            head.Save(first.Output);
        Assert.True(File.Exists(Path.Combine(first.Output, EmbeddingHead.FileName)));
        using var empty = new EmbeddingHead(4);
        empty.Save(first.Output);
        Assert.False(File.Exists(Path.Combine(first.Output, EmbeddingHead.FileName)));
    }

    private static Dictionary<string, float[]> Parameters(UnifiedModel model) =>
        model.Head.named_parameters().ToDictionary(static p => p.name, static p => p.parameter.detach().data<float>(), StringComparer.Ordinal);
}
