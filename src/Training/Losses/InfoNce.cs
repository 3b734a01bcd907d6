using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Losses;

/// <summary>
/// L_c: symmetric InfoNCE with a learned temperature (CLIP, arXiv 2103.00020). Each left row must pick its own right row among all, and the
/// other way round, by softmax(scale * cosine). Evaluated on detached vectors in closed form: no graph is recorded.
/// </summary>
public static class InfoNce
{
    /// <summary>CLIP's bound on the scale (the inverse temperature).</summary>
    public const double MaxScale = 100;

    /// <summary>CLIP's first value of the learned parameter: a temperature of 0.07.</summary>
    public static readonly double InitialLogScale = Math.Log(1 / 0.07);

    private static readonly double MaxLogScale = Math.Log(MaxScale);

    /// <summary>The value that is used for a parameter, and to which CLIP sets it after each step: within [0, log 100].</summary>
    public static double Clamp(double logScale) => Math.Clamp(logScale, 0, MaxLogScale);

    /// <param name="left">[n,D] unit vectors, float32.</param>
    /// <param name="right">[n,D] unit vectors; row i belongs to row i of <paramref name="left"/>.</param>
    /// <param name="logScale">
    /// The learned parameter, clamped before use. Its derivative is the one at the clamped value, so that a parameter at a bound can leave it.
    /// </param>
    /// <exception cref="ArgumentException">Shapes that do not fit; names the argument.</exception>
    public static InfoNceValue Evaluate(Tensor left, Tensor right, double logScale, InfoNceNegatives? negatives = null)
    {
        negatives ??= InfoNceNegatives.InBatch;
        Check(left, right, negatives);
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var (n, scale) = (left.size(0), Math.Exp(Clamp(logScale)));
        var (extraRight, extraLeft) = (negatives.ExtraRight, negatives.ExtraLeft);

        // [n,D] x [D,n]: both directions share it.
        var pairs = left.matmul(right.t()) * scale;
        if (Impostors(negatives.Equal, n) is { } equal)
            pairs = pairs.masked_fill(equal, float.NegativeInfinity);
        var fromLeft = Direction.Of(extraRight is null ? pairs : cat([pairs, left.matmul(extraRight.t()) * scale], 1));       // [n,n+e]
        var fromRight = Direction.Of(extraLeft is null ? pairs.t() : cat([pairs.t(), right.matmul(extraLeft.t()) * scale], 1)); // [n,n+e]

        var slope = (fromLeft.Slope.narrow(1, 0, n) + fromRight.Slope.narrow(1, 0, n).t()) * scale; // [n,n]: dL / d cosine
        var leftGradient = slope.matmul(right);
        var rightGradient = slope.t().matmul(left);
        var extraRightGradient = Extra(fromLeft, n, scale, left, extraRight, leftGradient);
        var extraLeftGradient = Extra(fromRight, n, scale, right, extraLeft, rightGradient);
        return new InfoNceValue(
            fromLeft.Loss + fromRight.Loss,
            leftGradient.MoveToOuterDisposeScope(),
            rightGradient.MoveToOuterDisposeScope(),
            fromLeft.LogScale + fromRight.LogScale,
            (fromLeft.Accuracy + fromRight.Accuracy) / 2,
            extraLeftGradient?.MoveToOuterDisposeScope(),
            extraRightGradient?.MoveToOuterDisposeScope());
    }

    /// <summary>Adds to <paramref name="anchorGradient"/> what the extra negatives push, and returns their own gradient.</summary>
    private static Tensor? Extra(Direction direction, long n, double scale, Tensor anchors, Tensor? extra, Tensor anchorGradient)
    {
        if (extra is null)
            return null;
        var slope = direction.Slope.narrow(1, n, extra.size(0)) * scale; // [n,e]
        anchorGradient.add_(slope.matmul(extra));
        return slope.t().matmul(anchors);
    }

    /// <summary>The mask of false negatives without its diagonal: a pair is always its own positive.</summary>
    private static Tensor? Impostors(Tensor? equal, long n) => equal?.logical_and(eye(n, dtype: ScalarType.Bool, device: equal.device).logical_not());

    private static void Check(Tensor left, Tensor right, InfoNceNegatives negatives)
    {
        if (left.dim() != 2 || left.size(0) == 0)
            throw new ArgumentException($"must be [n,D] with n > 0, is {left}", nameof(left));
        var (n, width) = (left.size(0), left.size(1));
        if (right.dim() != 2 || right.size(0) != n || right.size(1) != width)
            throw new ArgumentException($"must be [{n},{width}] as left is, is {right}", nameof(right));
        foreach (var extra in new[] { negatives.ExtraLeft, negatives.ExtraRight })
        {
            if (extra is not null && (extra.dim() != 2 || extra.size(1) != width))
                throw new ArgumentException($"extra negatives must be [e,{width}], are {extra}", nameof(negatives));
        }

        if (negatives.Equal is { } equal && (equal.dtype != ScalarType.Bool || equal.dim() != 2 || equal.size(0) != n || equal.size(1) != n))
            throw new ArgumentException($"the mask of equal pairs must be [{n},{n}] of bool, is {equal}", nameof(negatives));
    }

    /// <summary>Half of the symmetric loss: anchors against candidates, own partners on the diagonal.</summary>
    /// <param name="Slope">dL / d logits, [n,n+e]; rows add up to 0.</param>
    private sealed record Direction(double Loss, Tensor Slope, double LogScale, double Accuracy)
    {
        public static Direction Of(Tensor logits)
        {
            var n = logits.size(0);
            var own = arange(n, device: logits.device);
            var logProbabilities = logits.log_softmax(1);
            var loss = -0.5 * logProbabilities.diag().mean().ToDouble();
            var probabilities = logProbabilities.exp();
            probabilities.narrow(1, 0, n).sub_(eye(n, device: logits.device));
            var slope = probabilities * (0.5 / n);

            // d logits / d log scale = logits; a masked one is -inf and has no slope.
            var logScale = (slope * logits.masked_fill(logits.isfinite().logical_not(), 0)).sum().ToDouble();
            var accuracy = logits.argmax(1).eq(own).@float().mean().ToDouble();
            return new Direction(loss, slope, logScale, accuracy);
        }
    }
}
