using UnifiedVlm.Torch.Alignment;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Losses;

/// <summary>The similarity matrix of a batch of sequences, and its derivative.</summary>
public static class SequenceSimilarity
{
    /// <returns>[n,n], symmetric, row-major.</returns>
    public static float[] Matrix(PackedSequences sequences, SimilarityOptions options)
    {
        var count = sequences.Count;
        var matrix = new float[count * count];
        switch (options.Form)
        {
            case SimilarityForm.PerStep:
            case SimilarityForm.Normalised:
                AlignmentKernel.SymmetricNormalizedLogKernel(sequences, options.Sigma, matrix, options.Alignment);
                for (var a = 0; a < count; a++)
                {
                    for (var b = 0; b < count; b++)
                        matrix[a * count + b] = MathF.Exp(matrix[a * count + b] / Steps(sequences, a, b, options.Form));
                }

                break;
            case SimilarityForm.MeanPooled:
                AlignmentKernel.MeanCosine(sequences, sequences, matrix, options.Alignment);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(options), options.Form, "is not a known form");
        }

        return matrix;
    }

    /// <summary>Gradient of a loss with respect to the rows, given its derivative by each entry of <paramref name="matrix"/>.</summary>
    /// <param name="matrix">[n,n]: what <see cref="Matrix"/> returned for these sequences and options.</param>
    /// <param name="slopes">[n,n]: dL / d matrix; the diagonal is constant and its slopes count for nothing.</param>
    /// <returns>[R,D], row-major.</returns>
    public static float[] Gradient(PackedSequences sequences, SimilarityOptions options, ReadOnlySpan<float> matrix, ReadOnlySpan<float> slopes)
    {
        if (options.Form == SimilarityForm.MeanPooled)
            return MeanPooledGradient(sequences, slopes);
        var count = sequences.Count;
        var weights = new float[count * count];
        for (var a = 0; a < count; a++)
        {
            for (var b = 0; b < count; b++)
                weights[a * count + b] = slopes[a * count + b] * matrix[a * count + b] / Steps(sequences, a, b, options.Form);
        }

        var gradient = new float[sequences.Rows.Length];
        AlignmentKernel.SymmetricNormalizedLogKernelGradients(sequences, options.Sigma, weights, gradient, options.Alignment);
        return gradient;
    }

    private static int Steps(PackedSequences sequences, int a, int b, SimilarityForm form) =>
        form == SimilarityForm.PerStep ? Math.Max(sequences.Length(a), sequences.Length(b)) : 1;

    /// <summary>
    /// With u the sum of a sequence's rows and v = u / |u|: dL/dv_a = the sum over b of (w_ab + w_ba) v_b, dL/du = (dL/dv - v (v . dL/dv)) / |u|, the
    /// same for each of its rows.
    /// </summary>
    private static float[] MeanPooledGradient(PackedSequences sequences, ReadOnlySpan<float> slopes)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var (count, width) = (sequences.Count, sequences.Dimension);
        var owners = tensor(Owners(sequences), [sequences.Rows.Length / width]); // [R]: the sequence of each row
        var rows = tensor(sequences.Rows, [owners.size(0), width]);
        var sums = zeros(count, width).index_add_(0, owners, rows);
        var norms = sums.norm(1, keepdim: true); // [n,1]
        var units = sums / norms.clamp_min(1e-12);
        var weights = tensor(slopes, [count, count]);
        weights = weights + weights.t();
        weights = weights - weights.diag().diag();
        var byUnit = weights.matmul(units); // [n,n] x [n,D]
        var bySum = (byUnit - units * (byUnit * units).sum(1, keepdim: true)) / norms.clamp_min(1e-12);

        // A mean that vanishes has no direction: its cosine is 0 by definition, and its slope too.
        bySum = bySum * (norms > 1e-12).@float();
        return bySum.index_select(0, owners).data<float>();
    }

    private static long[] Owners(PackedSequences sequences)
    {
        var owners = new long[sequences.Rows.Length / sequences.Dimension];
        var row = 0;
        for (var s = 0; s < sequences.Count; s++)
        {
            for (var i = 0; i < sequences.Length(s); i++)
                owners[row++] = s;
        }

        return owners;
    }
}
