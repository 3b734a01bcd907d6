using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Network;

/// <summary>
/// Starting weights from a seed, the same on every machine and with every libtorch: a generator of our own, and no function whose last bit
/// depends on a C library.
/// </summary>
public static class SeededWeights
{
    /// <summary>A model with fresh weights.</summary>
    public static VisionLanguageModel Create(ModelConfig config, ulong seed, Device? device = null)
    {
        var model = new VisionLanguageModel(config);
        using (no_grad())
        using (NewDisposeScope())
        {
            foreach (var (name, weights) in NetworkTensors.Weights(model).OrderBy(static w => w.Name, StringComparer.Ordinal))
                Fill(config, name, weights, seed);
        }

        model.eval();
        if (device is not null)
            model.to(device);
        return model;
    }

    /// <summary>Starts a head: matrices by Xavier's rule (Glorot and Bengio 2010), biases at 0, soft prompts like embeddings of tokens.</summary>
    /// <param name="embeddingDeviation">Of the model's token embeddings.</param>
    public static void Fill(Encoding.EmbeddingHead head, double embeddingDeviation, ulong seed)
    {
        using var noGradients = no_grad();
        foreach (var (name, parameter) in head.named_parameters())
        {
            if (parameter.ndim < 2)
            {
                parameter.zero_();
                continue;
            }

            var isPrompt = name.StartsWith("soft_prompt.", StringComparison.Ordinal);
            Draw(name, parameter, isPrompt ? embeddingDeviation : Math.Sqrt(2.0 / (parameter.size(0) + parameter.size(1))), seed);
        }
    }

    private static void Fill(ModelConfig config, string name, Tensor weights, ulong seed)
    {
        var shape = weights.shape;
        if (name.EndsWith(".bias", StringComparison.Ordinal))
        {
            weights.zero_();
        }
        else if (shape.Length == 1)
        {
            weights.fill_(1);
        }
        else
        {
            Draw(name, weights, Deviation(config, name, shape), seed);
        }
    }

    private static void Draw(string name, Tensor weights, double deviation, ulong seed)
    {
        var values = new float[weights.numel()];
        Normal(values, deviation, SeedOf(name, seed));
        using var drawn = tensor(values, weights.shape);
        weights.copy_(drawn);
    }

    /// <summary>
    /// 1 / sqrt(fan-in) keeps the variance from layer to layer, so that different inputs stay different to the last state. Layers that add
    /// to the residual stream are scaled down by its depth (as in GPT-2); embeddings are small, as their matrix is the output layer too.
    /// </summary>
    private static double Deviation(ModelConfig config, string name, long[] shape)
    {
        if (name is NetworkTensors.TokenEmbedding or NetworkTensors.Head || name.EndsWith("position_embedding", StringComparison.Ordinal))
            return 1 / Math.Sqrt(shape[^1]);
        var fanIn = shape.Skip(1).Aggregate(1L, static (a, b) => a * b);
        var isResidual = name.EndsWith("out_proj.weight", StringComparison.Ordinal) || name.EndsWith("down_proj.weight", StringComparison.Ordinal)
            || name.EndsWith("fc2.weight", StringComparison.Ordinal);
        var depth = name.StartsWith("decoder.", StringComparison.Ordinal) ? config.LmBlocks : config.VitBlocks;
        return isResidual ? 1 / Math.Sqrt(2.0 * fanIn * depth) : 1 / Math.Sqrt(fanIn);
    }

    /// <summary>The sum of four uniform numbers, which is close to normal (Irwin-Hall): only additions and one product, exact everywhere.</summary>
    private static void Normal(Span<float> values, double deviation, ulong state)
    {
        // Each uniform number has 16 bits and variance 1/12; four of them 1/3.
        const double Mean = 4 * 65535 / 2.0;
        var scale = (float)(deviation * 1.7320508075688772 / 65536);
        foreach (ref var value in values)
        {
            var bits = Next(ref state);
            var sum = (bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (bits >> 48);
            value = (float)(sum - Mean) * scale;
        }
    }

    /// <summary>FNV-1a of the tensor's name: another tensor's size never shifts this one's numbers.</summary>
    internal static ulong SeedOf(string name, ulong seed)
    {
        var hash = 14695981039346656037UL;
        foreach (var character in name)
            hash = (hash ^ character) * 1099511628211UL;
        return hash ^ (seed * 0x9E3779B97F4A7C15UL);
    }

    private static ulong Next(ref ulong state) => Generation.SplitMix64.Next(ref state);
}
