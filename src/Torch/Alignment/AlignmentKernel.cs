using static UnifiedVlm.Torch.Alignment.AlignNative;

namespace UnifiedVlm.Torch.Alignment;

/// <summary>
/// Similarities of sequences of vectors that keep their order. Every method takes all sequences of x against all of y and fills
/// <c>result</c> [x.Count, y.Count], row-major; a query against its candidates is <see cref="PackedSequences.Single"/> as x.
/// A result depends on its two sequences alone: not on the batch and not on the number of threads. Thread-safe.
/// </summary>
/// <remarks>
/// All methods throw <see cref="ArgumentException"/> for dimensions or result sizes that do not fit, <see cref="ArgumentOutOfRangeException"/>
/// for a width or thread count out of range, and <see cref="UnusableVectorException"/> for a NaN or an infinity among the vectors.
/// </remarks>
public static partial class AlignmentKernel
{
    /// <summary>The smallest and largest width (sigma, gamma) the float32 recursion is exact for.</summary>
    public const float MinWidth = 1e-6f, MaxWidth = 1e6f;

    /// <summary>What <see cref="VectorInstructions.Automatic"/> stands for on this machine.</summary>
    public static VectorInstructions BestInstructions => uvlm_align_best_instructions();

    /// <summary>
    /// log K of the global alignment kernel (Cuturi, "Fast Global Alignment Kernels", ICML 2011): the sum over all order-keeping alignments
    /// of the product of exp(-phi), phi = t + log(2 - exp(-t)), t = squared distance / (2 sigma^2).
    /// </summary>
    public static void LogKernel(PackedSequences x, PackedSequences y, float sigma, Span<float> result, AlignmentOptions? options = null)
    {
        CheckWidth(sigma, nameof(sigma));
        Score(Measure.LogKernel, x, y, sigma, result, options);
    }

    /// <summary>log K(x, x) of every sequence; <paramref name="result"/> is [x.Count]. What <see cref="NormalizedLogKernel"/> divides by.</summary>
    public static void SelfLogKernel(PackedSequences x, float sigma, Span<float> result, AlignmentOptions? options = null)
    {
        CheckWidth(sigma, nameof(sigma));
        CheckSequences(x, x);
        CheckResult(result, x.Count);
        var pairs = new int[2 * x.Count];
        for (var s = 0; s < x.Count; s++)
            pairs[2 * s] = pairs[2 * s + 1] = s;
        ScorePairs(Measure.LogKernel, x, x, pairs, x.Count, sigma, result, options);
    }

    /// <summary>
    /// log (K(x, y) / sqrt(K(x, x) K(y, y))), at most 0 and 0 for a sequence and itself. In the log domain because the normalised kernel itself
    /// leaves float32 after a dozen unlike parts.
    /// </summary>
    public static void NormalizedLogKernel(PackedSequences x, PackedSequences y, float sigma, Span<float> result, AlignmentOptions? options = null)
    {
        LogKernel(x, y, sigma, result, options);
        var selfX = new float[x.Count];
        var selfY = new float[y.Count];
        SelfLogKernel(x, sigma, selfX, options);
        SelfLogKernel(y, sigma, selfY, options);
        for (var a = 0; a < x.Count; a++)
        {
            // Cauchy-Schwarz bounds it by 0; rounding alone could pass it.
            for (var b = 0; b < y.Count; b++)
                result[a * y.Count + b] = MathF.Min(0, result[a * y.Count + b] - 0.5f * (selfX[a] + selfY[b]));
        }
    }

    /// <summary>Dynamic time warping: the smallest sum of squared distances over all order-keeping alignments.</summary>
    public static void Dtw(PackedSequences x, PackedSequences y, Span<float> result, AlignmentOptions? options = null) =>
        Score(Measure.Dtw, x, y, 0, result, options);

    /// <summary>Soft-DTW (Cuturi and Blondel, ICML 2017): -gamma log of the sum over alignments of exp(-cost / gamma). Can be negative.</summary>
    public static void SoftDtw(PackedSequences x, PackedSequences y, float gamma, Span<float> result, AlignmentOptions? options = null)
    {
        CheckWidth(gamma, nameof(gamma));
        Score(Measure.SoftDtw, x, y, gamma, result, options);
    }

    /// <summary>
    /// Mean over x's rows of the largest cosine with a row of y
    /// (the late interaction of ColBERT, Khattab and Zaharia 2020). Not symmetric.
    /// </summary>
    public static void MaxSim(PackedSequences x, PackedSequences y, Span<float> result, AlignmentOptions? options = null) =>
        Score(Measure.MaxSim, x, y, 0, result, options);

    /// <summary>Cosine of the mean rows; 0 where a mean vanishes.</summary>
    public static void MeanCosine(PackedSequences x, PackedSequences y, Span<float> result, AlignmentOptions? options = null) =>
        Score(Measure.Mean, x, y, 0, result, options);

    private static void Score(
        Measure measure, PackedSequences x, PackedSequences y, float parameter, Span<float> result, AlignmentOptions? options)
    {
        CheckSequences(x, y);
        var count = (long)x.Count * y.Count;
        CheckResult(result, count);
        ScorePairs(measure, x, y, [], count, parameter, result, options);
    }

    private static unsafe void ScorePairs(
        Measure measure, PackedSequences x, PackedSequences y, ReadOnlySpan<int> pairs, long pairCount, float parameter, Span<float> result,
        AlignmentOptions? options)
    {
        options = Checked(options);
        ReadOnlySpan<int> xOffsets = x.Offsets.IsEmpty ? [0, x.Length(0)] : x.Offsets;
        ReadOnlySpan<int> yOffsets = y.Offsets.IsEmpty ? [0, y.Length(0)] : y.Offsets;
        var badSequence = -1;
        Status status;
        fixed (float* xRows = x.Rows, yRows = y.Rows, scores = result)
        fixed (int* xStarts = xOffsets, yStarts = yOffsets, pairList = pairs)
        {
            var left = new Sequences { Rows = xRows, Offsets = xStarts, Count = x.Count };
            var right = new Sequences { Rows = yRows, Offsets = yStarts, Count = y.Count };
            status = uvlm_align_score(
                measure, &left, &right, x.Dimension, pairList, pairCount, parameter, options.Threads, options.Instructions, scores,
                &badSequence);
        }

        ThrowIfFailed(status, badSequence);
    }

    private static AlignmentOptions Checked(AlignmentOptions? options)
    {
        options ??= AlignmentOptions.Default;
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1, nameof(options));
        if (options.Instructions < VectorInstructions.Automatic || options.Instructions > BestInstructions)
            throw new ArgumentOutOfRangeException(nameof(options), options.Instructions, $"this machine runs {BestInstructions} at best");
        return options;
    }

    private static void ThrowIfFailed(Status status, int badSequence)
    {
        switch (status)
        {
            case Status.Ok:
                return;
            case Status.BadVectorX:
                throw new UnusableVectorException("x", badSequence);
            case Status.BadVectorY:
                throw new UnusableVectorException("y", badSequence);
            case Status.OutOfMemory:
                throw new OutOfMemoryException("the alignment kernel could not get its scratch memory");
            default:
                throw new InvalidOperationException($"libuvlm_align refused its arguments (status {status})");
        }
    }

    private static void CheckSequences(PackedSequences x, PackedSequences y)
    {
        if (x.Count == 0)
            throw new ArgumentException("holds no sequence", nameof(x));
        if (y.Count == 0)
            throw new ArgumentException("holds no sequence", nameof(y));
        if (x.Dimension != y.Dimension)
            throw new ArgumentException($"has vectors of {y.Dimension} values where x has {x.Dimension}", nameof(y));
    }

    private static void CheckResult(Span<float> result, long expected)
    {
        if (result.Length != expected)
            throw new ArgumentException($"holds {result.Length} values where {expected} are computed", nameof(result));
    }

    private static void CheckWidth(float width, string name)
    {
        if (!(width >= MinWidth && width <= MaxWidth))
            throw new ArgumentOutOfRangeException(name, width, $"must be between {MinWidth} and {MaxWidth}");
    }
}
