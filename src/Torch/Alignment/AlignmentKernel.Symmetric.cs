using static UnifiedVlm.Torch.Alignment.AlignNative;

namespace UnifiedVlm.Torch.Alignment;

// All pairs of one batch, [Count, Count]: what a similarity-matrix loss compares. Each pair is computed once.
public static partial class AlignmentKernel
{
    /// <summary>
    /// log K of all pairs of one batch; <paramref name="result"/> is [Count, Count] and symmetric.
    /// </summary>
    public static void SymmetricLogKernel(PackedSequences sequences, float sigma, Span<float> result, AlignmentOptions? options = null)
    {
        CheckWidth(sigma, nameof(sigma));
        CheckSequences(sequences, sequences);
        var count = sequences.Count;
        CheckResult(result, (long)count * count);
        var pairs = UpperTriangle(count);
        var scores = new float[pairs.Length / 2];
        ScorePairs(Measure.LogKernel, sequences, sequences, pairs, scores.Length, sigma, scores, options);
        for (var p = 0; p < scores.Length; p++)
        {
            var (a, b) = (pairs[2 * p], pairs[2 * p + 1]);
            result[a * count + b] = result[b * count + a] = scores[p];
        }
    }

    /// <summary>
    /// Gradient of L = the sum over all a, b of <paramref name="weights"/>[a, b] log K(s_a, s_b) of one batch, through both arguments, the pairs
    /// of a sequence and itself included.
    /// </summary>
    /// <param name="weights">[Count, Count], row-major, not necessarily symmetric.</param>
    /// <param name="gradient">[rows, D], overwritten.</param>
    public static void SymmetricLogKernelGradients(
        PackedSequences sequences, float sigma, ReadOnlySpan<float> weights, Span<float> gradient, AlignmentOptions? options = null)
    {
        CheckSequences(sequences, sequences);
        var count = sequences.Count;
        CheckWeights(weights, (long)count * count);
        CheckResult(gradient, sequences.Rows.Length);
        var pairs = UpperTriangle(count);
        var both = new float[pairs.Length / 2];
        for (var p = 0; p < both.Length; p++)
        {
            var (a, b) = (pairs[2 * p], pairs[2 * p + 1]);
            both[p] = a == b ? weights[a * count + a] : weights[a * count + b] + weights[b * count + a];
        }

        var second = new float[gradient.Length];
        PairGradients(sequences, sequences, sigma, pairs, both, gradient, second, options);
        for (var i = 0; i < second.Length; i++)
            gradient[i] += second[i];
    }

    /// <summary>As <see cref="SymmetricLogKernel"/>, of log (K(a, b) / sqrt(K(a, a) K(b, b))): at most 0, and 0 on the diagonal.</summary>
    public static void SymmetricNormalizedLogKernel(PackedSequences sequences, float sigma, Span<float> result, AlignmentOptions? options = null)
    {
        SymmetricLogKernel(sequences, sigma, result, options);
        var count = sequences.Count;
        var self = new float[count];
        for (var a = 0; a < count; a++)
            self[a] = result[a * count + a];
        for (var a = 0; a < count; a++)
        {
            // Cauchy-Schwarz bounds it by 0; rounding alone could pass it.
            for (var b = 0; b < count; b++)
                result[a * count + b] = MathF.Min(0, result[a * count + b] - 0.5f * (self[a] + self[b]));
        }
    }

    /// <summary>
    /// As <see cref="SymmetricLogKernelGradients"/>, of the normalised log kernel: each pair's weight also goes, halved and negated, to the two
    /// self terms. Weights on the diagonal count for nothing, because the diagonal is 0 whatever the sequences.
    /// </summary>
    public static void SymmetricNormalizedLogKernelGradients(
        PackedSequences sequences, float sigma, ReadOnlySpan<float> weights, Span<float> gradient, AlignmentOptions? options = null)
    {
        CheckSequences(sequences, sequences);
        var count = sequences.Count;
        CheckWeights(weights, (long)count * count);
        var folded = weights.ToArray();
        for (var a = 0; a < count; a++)
        {
            double self = 0;
            for (var b = 0; b < count; b++)
            {
                if (b != a)
                    self -= 0.5 * ((double)weights[a * count + b] + weights[b * count + a]);
            }

            folded[a * count + a] = (float)self;
        }

        SymmetricLogKernelGradients(sequences, sigma, folded, gradient, options);
    }

    /// <summary>(0, 0), (0, 1) .. (0, n - 1), (1, 1) ..: every pair of one batch once.</summary>
    private static int[] UpperTriangle(int count)
    {
        var pairs = new int[checked(count * (count + 1))];
        var next = 0;
        for (var a = 0; a < count; a++)
        {
            for (var b = a; b < count; b++)
            {
                pairs[next++] = a;
                pairs[next++] = b;
            }
        }

        return pairs;
    }
}
