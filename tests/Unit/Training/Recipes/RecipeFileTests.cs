using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Tests.Unit.Model;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Layout;
using UnifiedVlm.Training.Recipes;

namespace UnifiedVlm.Tests.Unit.Training.Recipes;

public sealed class RecipeFileTests
{
    [Theory]
    [InlineData("generative", "captions dialogues documents")]
    [InlineData("contrastive", "pairs")]
    [InlineData("vladva", "pairs captions")]
    [InlineData("sugar", "dialogues documents sequences")]
    [InlineData("unified", "pairs captions dialogues documents sequences")]
    [InlineData("unified-adapter", "pairs captions dialogues documents sequences")]
    [InlineData("uvlm-tiny-see", "regions")]
    [InlineData("uvlm-tiny-unify", "regions pairs captions dialogues documents parts sequences")]
    [InlineData("uvlm-tiny-echo", "dialogues")]
    [InlineData("uvlm-tiny-quote", "dialogues")]
    [InlineData("uvlm-tiny-lookup", "dialogues")]
    [InlineData("uvlm-tiny-settle", "regions pairs captions dialogues documents parts sequences")]
    public void Shipped_recipes_differ_by_their_losses(string name, string losses)
    {
        var recipe = RecipeFile.Load(Path.Combine(ModelFolder.Root, "recipes", $"{name}.json"));
        var given = RecipeFile.ToJson(recipe)["losses"]!.AsObject().Where(static l => l.Value is not null).Select(static l => l.Key);
        Assert.Equal(losses.Split(' ').Order(), given.Order());
    }

    [Fact]
    public void A_value_can_be_replaced()
    {
        var recipe = Parse("""{ "losses": { "pairs": {}, "captions": {} } }""",
            "optimizer.lr=3e-4", "losses.captions=null", "losses.documents.tokens=7", "losses.pairs.sources={\"scenes\": 2}", "model=some/folder", "compute.precision=bfloat16",
            "losses.sequences.teachers=[\"picture-histograms\"]", "optimizer.matrices=muon");
        Assert.Equal(3e-4, recipe.Optimizer.Lr);
        Assert.Null(recipe.Losses.Captions);
        Assert.Equal(7, recipe.Losses.Documents!.Tokens);
        Assert.Equal(2, recipe.Losses.Pairs!.Sources["scenes"]);
        Assert.Equal(["picture-histograms"], recipe.Losses.Sequences!.Teachers);
        Assert.Equal(MatrixOptimizer.Muon, recipe.Optimizer.Matrices);
        Assert.Equal("some/folder", recipe.Model);
        Assert.Equal(Precision.Bfloat16, recipe.Compute.Precision);
    }

    [Fact]
    public void A_low_learning_rate_needs_no_lower_one_beside_it()
    {
        Assert.Equal(1e-5, Parse("""{ "losses": { "pairs": {} } }""", "optimizer.lr=1e-5").Optimizer.MinLr);
        Assert.Equal(3e-5, Parse("""{ "losses": { "pairs": {} } }""", "optimizer.lr=1e-3").Optimizer.MinLr);
        var error = Assert.Throws<ConfigException>(() => Parse("""{ "losses": { "pairs": {} } }""", "optimizer.lr=1e-5", "optimizer.min_lr=2e-5"));
        Assert.Equal("optimizer.min_lr", error.Field);
    }

    [Fact]
    public void What_was_written_reads_as_the_same()
    {
        var recipe = Parse("""{ "losses": { "pairs": {}, "sequences": { "similar_above": 0.5 } }, "train": { "lora": {} } }""");
        var again = Parse(RecipeFile.ToJson(recipe).ToJsonString());
        Assert.Equal(RecipeFile.ToJson(recipe).ToJsonString(), RecipeFile.ToJson(again).ToJsonString());
    }

    [Theory]
    [InlineData("""{ "lossses": {} }""", "lossses", "losses")]
    [InlineData("""{ "losses": { "pairs": { "wait": 1 } } }""", "losses.pairs.wait", "weight, groups")]
    [InlineData("""{ "losses": {} }""", "losses", "nothing is minimised")]
    [InlineData("""{ "losses": { "pairs": { "groups": 1 } } }""", "losses.pairs.groups", "at least 2")]
    [InlineData("""{ "losses": { "pairs": { "groups": "many" } } }""", "losses.pairs.groups", "Int32")]
    [InlineData("""{ "losses": { "captions": { "sees": "nothing" } } }""", "losses.captions.sees", "CaptionSight")]
    [InlineData("""{ "losses": { "pairs": {} }, "optimizer": { "min_lr": 1 } }""", "optimizer.min_lr", "from 0 to")]
    [InlineData("""{ "losses": { "sequences": { "teachers": [] } } }""", "losses.sequences.teachers", "none")]
    [InlineData("""{ "losses": { "pairs": {} }, "train": { "lora": { "dropout": 0.1 } }, "compute": { "recompute": true } }""", "compute.recompute", "dropout")]
    [InlineData("""{ "losses": { "regions": { "batch": 0 } } }""", "losses.regions.batch", "at least 1")]
    [InlineData("""{ "losses": { "pairs": { "captioning": -1 } } }""", "losses.pairs.captioning", "from 0 to")]
    [InlineData("""{ "losses": { "pairs": {} }, "optimizer": { "matrices": "sgd" } }""", "optimizer.matrices", "MatrixOptimizer")]
    [InlineData("""{ "losses": { "pairs": {} }, "optimizer": { "temperature_rate": -1 } }""", "optimizer.temperature_rate", "from 0 to")]
    [InlineData("""{ "losses": { "pairs": {} }, "optimizer": { "vision_rate": -1 } }""", "optimizer.vision_rate", "from 0 to")]
    [InlineData("""{ "losses": { "pairs": {} }, "optimizer": { "network_rate": -1 } }""", "optimizer.network_rate", "from 0 to")]
    [InlineData("""{ "losses": { "pairs": {} }, "train": { "lora": { "scope": "nowhere" } } }""", "train.lora.scope", "LoraScope")]
    [InlineData("""{ "losses": { "dialogues": {} }, "train": { "lora": { "scope": "encoding" } } }""", "train.lora.scope", "pairs, captions")]
    [InlineData("""{ "losses": { "pairs": {} }, "train": { "lora": { "targets": "(" } } }""", "train.lora.targets", "Invalid pattern")]
    [InlineData("""{ "losses": { "pairs": {} }, "train": { "lora": { "targets": [] } } }""", "train.lora.targets", "at least one")]
    [InlineData("""{ "losses": { "pairs": {} }, "train": { "lora": { "targets": ["q_proj", ""] } } }""", "train.lora.targets", "none may be empty")]
    [InlineData("""{ "losses": { "pairs": {} }, "train": { "lora": { "targets": ["q_proj", 1] } } }""", "train.lora.targets", "a list of layer names")]
    [InlineData("""{ "losses": { "pairs": {} }, "train": { "lora": { "targets": { "q_proj": true } } } }""", "train.lora.targets", "a list of layer names")]
    [InlineData("""{ "losses": { "pairs": {} }, "train": { "lora": { "targets": null } } }""", "train.lora.targets", "null")]
    [InlineData("""{ "losses": { "pairs": { "temperature": 1.1 } } }""", "losses.pairs.temperature", "from 0.01 to 1")]
    [InlineData("""{ "losses": { "sequences": { "teachers": [null] } } }""", "losses.sequences.teachers", "none")]
    [InlineData("""{ "losses": { "pairs": {} }, "optimizer": null }""", "optimizer", "null")]
    [InlineData("""{ "losses": { "pairs": {} }, "train": null }""", "train", "null")]
    [InlineData("""{ "losses": { "pairs": {} }, "model": null }""", "model", "null")]
    [InlineData("""{ "losses": null }""", "losses", "null")]
    [InlineData("""{ "losses": { "documents": { "sources": null } } }""", "losses.documents.sources", "null")]
    [InlineData("""{ "losses": { "pairs": {}, "pairs": {} } }""", "$", "pairs")]
    [InlineData("""{ "steps": 1, "steps": 2, "losses": { "pairs": {} } }""", "$", "steps")]
    [InlineData("""[1]""", "$", "object")]
    [InlineData("""{""", "$", "")]
    public void A_mistake_names_its_key_and_what_there_is(string json, string field, string told)
    {
        var error = Assert.Throws<ConfigException>(() => Parse(json));
        Assert.Equal(field, error.Field);
        Assert.Contains(told, error.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("steps=1e4", "steps=10000")]
    [InlineData("steps=2000.0", "steps=2000")]
    [InlineData("optimizer.lr=.001", "optimizer.lr=0.001")]
    [InlineData("optimizer.lr=+1e-3", "optimizer.lr=1e-3")]
    [InlineData("seed=18446744073709551615", "seed=18446744073709551615")]
    public void An_overrides_number_may_be_written_as_numbers_are(string text, string plain)
    {
        const string Json = """{ "losses": { "pairs": {} } }""";
        var (written, expected) = (Parse(Json, text), Parse(Json, plain));
        Assert.Equal((expected.Steps, expected.Seed, expected.Optimizer), (written.Steps, written.Seed, written.Optimizer));
    }

    [Theory]
    [InlineData("20241129")]
    [InlineData("007")]
    [InlineData("1e4")]
    [InlineData("true")]
    [InlineData("[old]")]
    [InlineData("\"some folder\"", "some folder")]
    public void An_overrides_text_is_taken_as_it_stands(string text, string? expected = null) =>
        Assert.Equal(expected ?? text, Parse("""{ "losses": { "pairs": {} } }""", $"model={text}").Model);

    [Fact]
    public void An_adapters_layers_are_an_expression_or_a_list_of_names()
    {
        const string Json = """{ "losses": { "pairs": {} } }""";
        var listed = Parse(Json, """train.lora.targets=["q_proj", "v_proj"]""");
        Assert.Equal(["q_proj", "v_proj"], listed.Train.Lora!.Targets.Names);
        Assert.Equal(["q_proj", "v_proj"], Parse(RecipeFile.ToJson(listed).ToJsonString()).Train.Lora!.Targets.Names);
        var written = Parse(Json, "train.lora.targets=.*v_proj");
        Assert.Equal(".*v_proj", written.Train.Lora!.Targets.Pattern);
        Assert.Equal(".*v_proj", (string?)RecipeFile.ToJson(written)["train"]!["lora"]!["targets"]);
    }

    [Fact]
    public void An_unknown_source_lists_those_there_are()
    {
        var recipe = Parse("""{ "losses": { "dialogues": { "sources": { "color": 1 } } } }""");
        using var folder = new ModelFolder();
        using var model = folder.Load();
        using var workers = new UnifiedVlm.Model.Encoding.PassWorkers(1);
        var error = Assert.Throws<ConfigException>(() => new BatchDrawer(model, recipe, new ToyData(), DataSplit.Train, null, workers));
        Assert.Equal("losses.dialogues.sources.color", error.Field);
        Assert.Contains("colours, notes", error.Problem, StringComparison.Ordinal);
    }

    private static Recipe Parse(string json, params string[] overrides) => RecipeFile.Parse("test.json", System.Text.Encoding.UTF8.GetBytes(json), overrides);
}
