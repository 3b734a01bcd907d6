using System.Text.Json.Nodes;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Network;

namespace UnifiedVlm.Bench.Devices;

/// <summary>A model of a size at which a GPU has something to do; its weights come from a seed.</summary>
internal static class ModelFolders
{
    /// <summary>About 370 million weights: a decoder of 24 layers, 1,024 wide, and a ViT-B.</summary>
    public static string Medium(string tiny, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in new[] { "tokenizer.json", "preparation.json", "specials.txt" }.Where(file => File.Exists(Path.Combine(tiny, file))))
            File.Copy(Path.Combine(tiny, file), Path.Combine(folder, file), overwrite: true);
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(tiny, "config.json")))!;
        foreach (var (name, value) in new (string, int)[]
        {
            ("lm_hidden_dim", 1024), ("lm_inter_dim", 2816), ("lm_n_heads", 16), ("lm_n_kv_heads", 8), ("lm_n_blocks", 24),
            ("vit_hidden_dim", 768), ("vit_inter_dim", 3072), ("vit_n_heads", 12), ("vit_n_blocks", 12),
        })
            config[name] = value;
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());

        // Drawn once: each setup then reads them in a moment.
        using var network = SeededWeights.Create(ModelConfig.Load(folder), seed: 1);
        ModelCheckpoint.Save(network, folder);
        return folder;
    }
}
