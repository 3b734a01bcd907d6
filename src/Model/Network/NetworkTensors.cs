using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Layers;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Model.Network;

/// <summary>The network's tensors under the names of nanoVLM's checkpoints.</summary>
internal static class NetworkTensors
{
    public const string TokenEmbedding = "decoder.token_embedding.weight";

    /// <summary>The same tensor as <see cref="TokenEmbedding"/> when the weights are tied; it is stored once, under either name.</summary>
    public const string Head = "decoder.head.weight";

    /// <summary>What a checkpoint may hold beside the weights.</summary>
    public const string InverseFrequencies = "decoder.rotary_embd.inv_freq";

    /// <summary>Every weight that a checkpoint must hold; of fused layers, views of their rows.</summary>
    public static IEnumerable<(string Name, Tensor Tensor)> Weights(VisionLanguageModel model)
    {
        foreach (var (name, module) in model.named_modules())
        {
            if (module is FusedLinear fused)
            {
                var parent = name[..(name.LastIndexOf('.') + 1)];
                foreach (var (layer, rows) in fused.Segments())
                    yield return ($"{parent}{layer}.weight", rows);
            }
        }

        var fusedNames = model.named_modules().Where(static m => m.module is FusedLinear).Select(static m => m.name + ".weight").ToHashSet(StringComparer.Ordinal);
        foreach (var (name, parameter) in model.named_parameters())
        {
            if (!fusedNames.Contains(name))
                yield return (name, parameter);
        }
    }

    /// <summary>Where <see cref="InverseFrequencies"/> are.</summary>
    public static RotaryEmbedding Rotary(VisionLanguageModel model) => model.modules().OfType<RotaryEmbedding>().Single();
}
