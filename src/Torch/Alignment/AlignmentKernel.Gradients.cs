using static UnifiedVlm.Torch.Alignment.AlignNative;

namespace UnifiedVlm.Torch.Alignment;

// Exact gradients, by the backward recursion in the native kernel. A loss over a batch costs one call here, whatever its number of pairs.
public static partial class AlignmentKernel
{
    /// <summary>The largest n x m of a pair that is differentiated; it takes four floats per cell.</summary>
    public const long MaxGradientCells = 1L << 18;

    /// <summary>
    /// Gradient of L = the sum over all pairs of <paramref name="weights"/>[a, b] log K(x_a, y_b) with respect to every row.
    /// Pairs of weight 0 cost nothing.
    /// </summary>
    /// <param name="weights">[x.Count, y.Count], row-major: dL / d log K. A NaN goes through to the gradients.</param>
    /// <param name="xGradient">[rows of x, D], overwritten; empty where it is not wanted.</param>
    /// <param name="yGradient">[rows of y, D], overwritten; empty where it is not wanted.</param>
    /// <exception cref="ArgumentException">A pair has more than <see cref="MaxGradientCells"/> cells, or sizes do not fit.</exception>
    public static void LogKernelGradients(
        PackedSequences x, PackedSequences y, float sigma, ReadOnlySpan<float> weights, Span<float> xGradient, Span<float> yGradient,
        AlignmentOptions? options = null)
    {
        CheckSequences(x, y);
        CheckWeights(weights, (long)x.Count * y.Count);
        CheckGradient(xGradient, x, nameof(xGradient));
        CheckGradient(yGradient, y, nameof(yGradient));
        PairGradients(x, y, sigma, [], weights, xGradient, yGradient, options);
    }

    private static unsafe void PairGradients(
        PackedSequences x, PackedSequences y, float sigma, ReadOnlySpan<int> pairs, ReadOnlySpan<float> weights, Span<float> xGradient,
        Span<float> yGradient, AlignmentOptions? options)
    {
        CheckWidth(sigma, nameof(sigma));
        CheckGradientCells(x, y);
        options = Checked(options);
        ReadOnlySpan<int> xOffsets = x.Offsets.IsEmpty ? [0, x.Length(0)] : x.Offsets;
        ReadOnlySpan<int> yOffsets = y.Offsets.IsEmpty ? [0, y.Length(0)] : y.Offsets;
        var badSequence = -1;
        Status status;
        fixed (float* xRows = x.Rows, yRows = y.Rows, upstream = weights, xResult = xGradient, yResult = yGradient)
        fixed (int* xStarts = xOffsets, yStarts = yOffsets, pairList = pairs)
        {
            var left = new Sequences { Rows = xRows, Offsets = xStarts, Count = x.Count };
            var right = new Sequences { Rows = yRows, Offsets = yStarts, Count = y.Count };
            status = uvlm_align_gradients(
                &left, &right, x.Dimension, pairList, weights.Length, upstream, sigma, options.Threads, options.Instructions, xResult, yResult,
                &badSequence);
        }

        ThrowIfFailed(status, badSequence);
    }

    private static void CheckWeights(ReadOnlySpan<float> weights, long expected)
    {
        if (weights.Length != expected)
            throw new ArgumentException($"holds {weights.Length} values where there are {expected} pairs", nameof(weights));
    }

    private static void CheckGradient(Span<float> gradient, PackedSequences sequences, string name)
    {
        if (!gradient.IsEmpty && gradient.Length != sequences.Rows.Length)
            throw new ArgumentException($"holds {gradient.Length} values where the rows hold {sequences.Rows.Length}", name);
    }

    private static void CheckGradientCells(PackedSequences x, PackedSequences y)
    {
        int n = LongestOf(x), m = LongestOf(y);
        if ((long)n * m > MaxGradientCells)
            throw new ArgumentException($"sequences of {n} and {m} rows have more than {MaxGradientCells} cells; train on shorter stretches", nameof(y));
    }

    private static int LongestOf(PackedSequences sequences)
    {
        var longest = 0;
        for (var s = 0; s < sequences.Count; s++)
            longest = Math.Max(longest, sequences.Length(s));
        return longest;
    }
}
