using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Decoder;

/// <summary>
/// Rotary positions (RoFormer, arXiv 2104.09864): pair (i, i + E/2) of a head's E values turns by position x base^(-2i/E).
/// </summary>
internal sealed class RotaryEmbedding : nn.Module
{
    private readonly ModelConfig config;

    public RotaryEmbedding(ModelConfig config)
    {
        this.config = config;
        var half = config.LmHeadDim / 2;
        InverseFrequencies = [.. Enumerable.Range(0, half).Select(i => (float)(1 / Math.Pow(config.LmRotaryBase, 2.0 * i / config.LmHeadDim)))];

        // What a checkpoint is read into. It changes its type with the weights, so angles are computed from the numbers themselves.
        Stored = register_buffer("inv_freq", tensor(InverseFrequencies));
    }

    /// <summary>The config's, unless a checkpoint has brought others; float32, whatever the weights are.</summary>
    public float[] InverseFrequencies { get; private set; }

    /// <summary>Where the frequencies of a checkpoint go, for <see cref="AdoptStored"/>.</summary>
    public Tensor Stored { get; }

    /// <summary>
    /// Goes on with what a checkpoint has brought. Where it has the config's rounded to 16 bits, the config's are kept: the weights were trained with these.
    /// The file's own type does not tell: weights of 16 bits that were trained further are written in 32, and these numbers with them.
    /// </summary>
    public void AdoptStored()
    {
        if (IsRounded(ScalarType.BFloat16) || IsRounded(ScalarType.Float16))
        {
            using var exact = tensor(InverseFrequencies);
            Stored.copy_(exact);
        }
        else
        {
            InverseFrequencies = Stored.data<float>();
        }
    }

    /// <summary>Cosines and sines of the layout's positions, [N,1,E/2] each, float32.</summary>
    /// <exception cref="ArgumentException">A position is beyond the limit and <paramref name="limit"/> refuses that.</exception>
    public (Tensor Cos, Tensor Sin) Angles(SequenceLayout layout, PositionLimit limit, Device device)
    {
        var frequencies = tensor(InverseFrequencies, device: device);
        if (layout.HighestPosition >= config.LmMaxPositions)
        {
            if (limit == PositionLimit.Refuse)
                throw new ArgumentException($"Position {layout.HighestPosition} is beyond the model's {config.LmMaxPositions}.", nameof(layout));
            frequencies = frequencies / ((layout.HighestPosition + 1f) / config.LmMaxPositions);
        }

        var positions = tensor(layout.Positions(), float32, device);
        var angles = positions.view(-1, 1, 1) * frequencies;
        var (cos, sin) = (angles.cos(), angles.sin());
        return config.LmAttentionScaling == 1 ? (cos, sin) : (cos * config.LmAttentionScaling, sin * config.LmAttentionScaling);
    }

    private bool IsRounded(ScalarType type)
    {
        using var exact = tensor(InverseFrequencies);
        using var rounded = exact.to(type);
        using var expected = rounded.to(float32);
        return expected.data<float>().AsSpan().SequenceEqual(Stored.data<float>());
    }
}
