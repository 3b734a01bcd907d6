using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Alignment;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Losses;

/// <summary>
/// L_d (Sugar, arXiv 2411.00304): the mean squared difference between the model's similarity matrix over a batch of sequences and a target
/// matrix, made by <see cref="SequenceSimilarity.Matrix"/> from frozen teachers' vectors of the parts with the same options. Only pairs of
/// different samples count: a sample and itself are at 1 in both matrices. A sequence may have other numbers of parts for the model and for
/// the teachers, because only the matrices meet.
/// </summary>
public sealed class SimilarityMatrixLoss(SimilarityOptions options)
{
    public SimilarityOptions Options { get; } = options;

    /// <param name="parts">[R,D] part vectors of all samples, one sample after another, detached; unit vectors of float32.</param>
    /// <param name="lengths">n numbers of parts, each at least 1, R in all.</param>
    /// <param name="target">[n,n] symmetric, row-major.</param>
    /// <returns>The loss and its gradient [R,D]; both 0 for a single sample.</returns>
    /// <exception cref="ArgumentException">Shapes that do not fit; names the argument.</exception>
    /// <exception cref="UnusableVectorException">A part vector is not finite.</exception>
    public LossValue Evaluate(Tensor parts, ReadOnlySpan<int> lengths, ReadOnlySpan<float> target)
    {
        if (parts.dim() != 2)
            throw new ArgumentException($"must be [R,D], is {parts}", nameof(parts));
        var count = lengths.Length;
        if (target.Length != count * count)
            throw new ArgumentException($"holds {target.Length} values where {count} samples need {count * count}", nameof(target));
        using var scope = NewDisposeScope();
        var values = parts.detach().cpu().to(ScalarType.Float32).contiguous();
        var sequences = new PackedSequences(values.span<float>(), Offsets(lengths, values.size(0)), checked((int)values.size(1)));

        var matrix = SequenceSimilarity.Matrix(sequences, Options);
        var (loss, slopes) = Compare(matrix, target, count);
        var gradient = SequenceSimilarity.Gradient(sequences, Options, matrix, slopes);
        return new LossValue(loss, tensor(gradient, values.shape, device: parts.device).MoveToOuterDisposeScope());
    }

    /// <returns>The loss, and half of its derivative by a pair's similarity in each of the pair's two places.</returns>
    private (double Loss, float[] Slopes) Compare(ReadOnlySpan<float> matrix, ReadOnlySpan<float> target, int count)
    {
        var slopes = new float[count * count];
        var (similar, other) = PairWeights(target, count);
        double loss = 0;
        for (var a = 0; a < count; a++)
        {
            for (var b = a + 1; b < count; b++)
            {
                var wanted = target[a * count + b];
                var weight = wanted > Options.SimilarAbove ? similar : other;
                var difference = (double)matrix[a * count + b] - wanted;
                loss += weight * difference * difference;
                slopes[a * count + b] = slopes[b * count + a] = (float)(weight * difference);
            }
        }

        return (loss, slopes);
    }

    /// <summary>What a pair weighs by whether its target is high; all pairs together weigh 1.</summary>
    private (double Similar, double Other) PairWeights(ReadOnlySpan<float> target, int count)
    {
        var pairs = count * (count - 1) / 2;
        var similar = 0;
        for (var a = 0; a < count; a++)
        {
            for (var b = a + 1; b < count; b++)
                similar += target[a * count + b] > Options.SimilarAbove ? 1 : 0;
        }

        return similar == 0 || similar == pairs ? (1.0 / pairs, 1.0 / pairs) : (0.5 / similar, 0.5 / (pairs - similar));
    }

    private static int[] Offsets(ReadOnlySpan<int> lengths, long rows)
    {
        var offsets = new int[lengths.Length + 1];
        for (var s = 0; s < lengths.Length; s++)
        {
            if (lengths[s] < 1)
                throw new ArgumentException($"sample {s} has {lengths[s]} parts; each needs at least one", nameof(lengths));
            offsets[s + 1] = checked(offsets[s] + lengths[s]);
        }

        return offsets[^1] == rows
            ? offsets
            : throw new ArgumentException($"add up to {offsets[^1]} parts where there are {rows} vectors", nameof(lengths));
    }
}
