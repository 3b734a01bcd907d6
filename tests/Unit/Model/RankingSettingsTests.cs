using UnifiedVlm.Model.Configuration;

namespace UnifiedVlm.Tests.Unit.Model;

public sealed class RankingSettingsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("uvlm-ranking-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_folder_without_the_file_trusts_its_vectors_as_much_as_words()
    {
        Assert.Equal((1, 1, 1), Weights(RankingSettings.Load(folder)));
    }

    [Fact]
    public void The_file_is_read()
    {
        Write("""{ "vector_weight": 0.5, "alignment_weight": 0 }""");
        Assert.Equal((0.5, 0.5, 0), Weights(RankingSettings.Load(folder)));
        Write("""{ "vector_weight": 0.5, "document_weight": 2 }""");
        Assert.Equal((0.5, 2, 1), Weights(RankingSettings.Load(folder)));
        Write("""{ "part_weight": 0, "document_weight": 3 }""");
        Assert.Equal((0, 3, 1), Weights(RankingSettings.Load(folder)));
    }

    [Theory]
    [InlineData("""{ "vector_weight": -1 }""", "vector_weight")]
    [InlineData("""{ "part_weight": -1 }""", "part_weight")]
    [InlineData("""{ "document_weight": 1e9 }""", "document_weight")]
    [InlineData("""{ "alignment_weight": "much" }""", "alignment_weight")]
    [InlineData("""{ "weight": 1 }""", "weight")]
    public void A_mistake_names_its_field(string json, string field)
    {
        Write(json);
        Assert.Contains(field, Assert.Throws<ConfigException>(() => RankingSettings.Load(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_from_a_seed_are_hardly_trusted()
    {
        using var model = new ModelFolder();
        File.WriteAllText(Path.Combine(model.Folder, RankingSettings.FileName), """{ "vector_weight": 1 }""");
        using var loaded = model.Load();
        Assert.Equal(RankingSettings.Untrained, loaded.Ranking);
    }

    private static (double, double, double) Weights(RankingSettings settings) => (settings.PartWeight, settings.DocumentWeight, settings.AlignmentWeight);

    private void Write(string json) => File.WriteAllText(Path.Combine(folder, RankingSettings.FileName), json);
}
