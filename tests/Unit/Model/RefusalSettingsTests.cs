using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Tests.Unit.Model;

public sealed class RefusalSettingsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("uvlm-refusal-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_folder_without_the_file_leaves_it_to_the_models_words() => Assert.Null(RefusalSettings.Load(folder));

    [Fact]
    public void The_file_is_read_and_its_weights_add_up()
    {
        Write("""{ "refusal_weight": 0.5, "question_weight": -2, "bias": 1 }""");
        var settings = RefusalSettings.Load(folder)!;
        Assert.Equal(1 + 1.5 - 8, settings.Score(new RefusalSigns(3, 4)));
        Write(settings.ToString());
        Assert.Equal(settings, RefusalSettings.Load(folder));
    }

    [Theory]
    [InlineData("""{ "refusal_weight": 1, "question_weight": 0 }""", "bias")]
    [InlineData("""{ "refusal_weight": 1, "question_weight": 1e9, "bias": 0 }""", "question_weight")]
    [InlineData("""{ "refusal_weight": "much", "question_weight": 0, "bias": 0 }""", "refusal_weight")]
    [InlineData("""{ "refusal_weight": 1, "question_weight": 0, "bias": 0, "threshold": 1 }""", "threshold")]
    public void A_mistake_names_its_field(string json, string field)
    {
        Write(json);
        var error = Assert.Throws<ConfigException>(() => RefusalSettings.Load(folder));
        Assert.Contains(field, error.Message, StringComparison.Ordinal);
        Assert.Contains(RefusalSettings.FileName, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_from_a_seed_decide_nothing()
    {
        using var model = new ModelFolder();
        File.WriteAllText(Path.Combine(model.Folder, RefusalSettings.FileName), """{ "refusal_weight": 1, "question_weight": 0, "bias": 0 }""");
        using var loaded = model.Load();
        Assert.Null(loaded.Refusal);
    }

    [Fact]
    public void It_is_no_part_of_the_fingerprint()
    {
        using var model = new ModelFolder();
        using var plain = model.Load();
        File.WriteAllText(Path.Combine(model.Folder, RefusalSettings.FileName), """{ "refusal_weight": 1, "question_weight": 0, "bias": 0 }""");
        using var calibrated = model.Load();
        Assert.Equal(plain.Encoder.Fingerprint, calibrated.Encoder.Fingerprint);
    }

    private void Write(string json) => File.WriteAllText(Path.Combine(folder, RefusalSettings.FileName), json);
}
