using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Tests.Unit.Model.Network;

public sealed class WeightInterpolationTests : IDisposable
{
    private readonly ModelFolder start = new();
    private readonly ModelFolder trained = new(settings: new PreparationSettings { MaxPartTokens = 64 });
    private readonly string output = Path.Combine(Path.GetTempPath(), $"uvlm-mixed-{Guid.NewGuid():N}");

    public WeightInterpolationTests()
    {
        Save(start, seed: 1);
        Save(trained, seed: 2);
    }

    public void Dispose()
    {
        start.Dispose();
        trained.Dispose();
        if (Directory.Exists(output))
            Directory.Delete(output, recursive: true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    [InlineData(1)]
    public void Every_weight_lies_where_the_share_says(double share)
    {
        File.WriteAllText(Path.Combine(trained.Folder, "ranking.json"), "{}");

        WeightInterpolation.Write(start.Folder, trained.Folder, share, output);

        using var before = ModelCheckpoint.Load(start.Folder);
        using var after = ModelCheckpoint.Load(trained.Folder);
        using var mixed = ModelCheckpoint.Load(output);
        var (a, b) = (before.state_dict(), after.state_dict());
        foreach (var (name, tensor) in mixed.state_dict())
        {
            var (x, y) = (a[name].data<float>(), b[name].data<float>());
            Assert.Equal(x.Zip(y, (x, y) => x + ((y - x) * (float)share)), tensor.data<float>(), (p, q) => Math.Abs(p - q) <= 1e-6);
        }

        // Everything else is the trained model's.
        Assert.Equal(File.ReadAllBytes(Path.Combine(trained.Folder, "preparation.json")), File.ReadAllBytes(Path.Combine(output, "preparation.json")));
        Assert.True(File.Exists(Path.Combine(output, "ranking.json")));
        Assert.True(File.Exists(Path.Combine(output, "tokenizer.json")));
    }

    [Fact]
    public void Numbers_are_stored_as_the_trained_models_are()
    {
        using (var model = trained.Load(seed: 2))
            ModelCheckpoint.Save(model.Network, trained.Folder, ScalarType.BFloat16);

        WeightInterpolation.Write(start.Folder, trained.Folder, 0.5, output);

        using var file = SafetensorsFile.Open(Path.Combine(output, ModelCheckpoint.FileName));
        Assert.Equal(TensorType.BF16, file.Entry("decoder.blocks.0.mlp.down_proj.weight").Type);
    }

    [Fact]
    public void What_does_not_belong_together_is_refused_and_nothing_is_written()
    {
        using var longer = new ModelFolder(context: 320);
        Save(longer, seed: 1);
        Assert.Contains("every value", Assert.Throws<ConfigException>(() => WeightInterpolation.Write(longer.Folder, trained.Folder, 0.5, output)).Message);

        var tokenizer = Path.Combine(start.Folder, "tokenizer.json");
        File.AppendAllText(tokenizer, " ");
        Assert.Contains("every token", Assert.Throws<ConfigException>(() => WeightInterpolation.Write(start.Folder, trained.Folder, 0.5, output)).Message);
        File.Copy(Path.Combine(trained.Folder, "tokenizer.json"), tokenizer, overwrite: true);

        Assert.Throws<ArgumentOutOfRangeException>(() => WeightInterpolation.Write(start.Folder, trained.Folder, double.NaN, output));
        Assert.Throws<IOException>(() => WeightInterpolation.Write(start.Folder, trained.Folder, 0.5, start.Folder));
        new PreparationSettings { EncodingAdapter = "encoding" }.Save(trained.Folder);
        Assert.Contains("lora_alpha", Assert.Throws<ConfigException>(() => WeightInterpolation.Write(start.Folder, trained.Folder, 0.5, output)).Message);
        Assert.False(Path.Exists(output));
    }

    private static void Save(ModelFolder folder, ulong seed)
    {
        using var model = folder.Load(seed);
        ModelCheckpoint.Save(model.Network, folder.Folder);
    }
}
