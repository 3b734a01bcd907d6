using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Modules;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Losses;

/// <summary>L_c: symmetric InfoNCE (CLIP, arXiv 2103.00020) with a learned temperature.</summary>
internal static class ContrastiveLoss
{
    /// <summary>As in CLIP: a scale beyond it makes training unstable.</summary>
    public const double MaxScale = 100;

    private const double Excluded = -1e4;

    /// <summary>The loss, and its derivatives by the vectors; that by the scale is added to the scale's gradient.</summary>
    /// <param name="vectors">[2B,D] of unit length: the left sides of the pairs, then the right sides.</param>
    /// <param name="logScale">A single number: the logarithm of the factor on the cosines.</param>
    /// <param name="twins">B x B, row-major: true where two different pairs are no negatives, as a side of them is the same.</param>
    /// <param name="weight">Factor on loss and derivatives; the loss returned is without it.</param>
    public static LossValue Compute(Tensor vectors, Parameter logScale, bool[] twins, double weight)
    {
        using var gradients = enable_grad();
        var leaf = vectors.detach().requires_grad_();
        var count = leaf.size(0) / 2;
        var scale = logScale.clamp(max: Math.Log(MaxScale)).exp();

        // [B,D] x [D,B]
        var logits = leaf.narrow(0, 0, count).matmul(leaf.narrow(0, count, count).transpose(0, 1)) * scale;
        if (twins.AsSpan().Contains(true))
            logits = logits.masked_fill(tensor(twins, [count, count], device: leaf.device), Excluded);
        var own = arange(count, int64, leaf.device);
        var loss = (nn.functional.cross_entropy(logits, own) + nn.functional.cross_entropy(logits.transpose(0, 1), own)) * 0.5;
        (loss * weight).backward();
        return new LossValue(loss.ToDouble(), leaf.grad!);
    }
}
