using System.Globalization;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.Unit.Documents;
using UnifiedVlm.Tests.Unit.Training.Data;
using UnifiedVlm.Tests.Unit.Training.Data.Manuals;
using UnifiedVlm.Training.Data.Build;
using UnifiedVlm.Training.Data.Evaluation;

namespace UnifiedVlm.Tests.EndToEnd.Support;

/// <summary>What a training takes, small: data with every source that recipes name in training and validation, and a model of two narrow blocks without weights.</summary>
public sealed class TrainingFolder : IAsyncLifetime
{
    // So many that the validation split has enough of them for every source.
    private const int Glosses = 1500;

    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("uvlm-e2e-");

    internal string Data => Path.Combine(root.FullName, "data");

    internal string Model => Path.Combine(root.FullName, "model");

    public async Task InitializeAsync()
    {
        WriteModel();
        using var sources = new TemporaryFolder();
        ManualSourcesFolder.Write(sources);
        sources.Write("wordnet-base/usr/share/wordnet/data.noun", string.Concat(Enumerable.Range(0, Glosses).Select(static i => $"{i:D8} 03 n 01 word{Letters(i)} 0 000 | a made-up thing of the kind {Letters(i)}  \n")));

        // By its title a page of the validation split.
        sources.Write("debian-handbook/usr/share/doc/debian-handbook/html/en-US/butterfly.html", "<html><head><title>7.1. Butterfly</title></head><body><h1>7.1. Butterfly</h1><p>A butterfly is no package. It is an insect, and this page is about nothing else.</p></body></html>");
        await new DataBuilder(Data, 7)
        {
            Sizes = new EvaluationSizes { Retrieval = 20, HardNegatives = 20, CrowdedHardNegatives = 10, Winoground = 10, Stories = 6, Presence = 20, Questions = 20 },
        }.BuildAsync(FakeEmoji.Concepts(), sources.Path);
    }

    public Task DisposeAsync()
    {
        root.Delete(recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>The shipped model's tokenizer and settings, another shape: an adapter of rank 32 still fits.</summary>
    private void WriteModel()
    {
        Directory.CreateDirectory(Model);
        foreach (var file in Directory.EnumerateFiles(OtherModel.Shipped).Where(static file => !file.EndsWith(".safetensors", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(Model, Path.GetFileName(file)));
        var path = Path.Combine(Model, "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!;
        foreach (var (field, value) in new[]
        {
            ("vit_hidden_dim", 32), ("vit_inter_dim", 64), ("vit_n_heads", 2), ("vit_n_blocks", 2),
            ("lm_hidden_dim", 64), ("lm_inter_dim", 128), ("lm_n_heads", 4), ("lm_n_kv_heads", 2), ("lm_n_blocks", 2),
        })
        {
            config[field] = value;
        }

        File.WriteAllText(path, config.ToJsonString());
    }

    /// <summary>A word that is another one for every number.</summary>
    private static string Letters(int number) => string.Concat(number.ToString(CultureInfo.InvariantCulture).Select(static digit => (char)('A' + digit - '0')));
}
