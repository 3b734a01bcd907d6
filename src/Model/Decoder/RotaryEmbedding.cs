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
    private readonly float[] inverseFrequencies;

    public RotaryEmbedding(ModelConfig config)
    {
        this.config = config;
        var half = config.LmHeadDim / 2;
        inverseFrequencies = [.. Enumerable.Range(0, half).Select(i => (float)(1 / Math.Pow(config.LmRotaryBase, 2.0 * i / config.LmHeadDim)))];

        // For the checkpoint. Angles are computed from the numbers themselves: in float32, whatever the weights are.
        register_buffer("inv_freq", tensor(inverseFrequencies));
    }

    /// <summary>Cosines and sines of the layout's positions, [N,1,E/2] each, float32.</summary>
    /// <exception cref="ArgumentException">A position is beyond the limit and <paramref name="limit"/> refuses that.</exception>
    public (Tensor Cos, Tensor Sin) Angles(SequenceLayout layout, PositionLimit limit, Device device)
    {
        var frequencies = tensor(inverseFrequencies, device: device);
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
}
