using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Losses;

/// <summary>
/// Contrast with several partners (Khosla et al., arXiv 2004.11362, their L_out): each row that has partners must pick them among all other rows
/// by softmax(scale * cosine); the mean of -log p over its partners, and then over the rows. Evaluated on detached vectors in closed form.
/// </summary>
public static class SupervisedContrast
{
    /// <param name="vectors">[R,D] unit vectors, float32.</param>
    /// <param name="meanings">R numbers; rows with the same one are partners. A row without any is told apart from and nothing else.</param>
    /// <param name="logScale">As in <see cref="InfoNce"/>.</param>
    /// <returns>The gradient belongs to the caller's scope. Without any partners the loss is 0.</returns>
    /// <exception cref="ArgumentException">The numbers are not as many as the rows.</exception>
    public static SupervisedContrastValue Evaluate(Tensor vectors, ReadOnlySpan<int> meanings, double logScale)
    {
        if (vectors.dim() != 2 || vectors.size(0) != meanings.Length)
            throw new ArgumentException($"must be [{meanings.Length},D], is {vectors}", nameof(vectors));
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var (rows, scale) = (meanings.Length, Math.Exp(InfoNce.Clamp(logScale)));

        // [R,R]: what each row is to find, equal shares that add up to 1, or nothing.
        var (wanted, asking) = Wanted(meanings);
        if (asking == 0)
            return new SupervisedContrastValue(0, zeros_like(vectors).MoveToOuterDisposeScope(), 0, 0);
        var target = tensor(wanted, [rows, rows], device: vectors.device);
        var has = target.sum(1, keepdim: true);                                                                    // [R,1]: 1 or 0
        var self = eye(rows, dtype: ScalarType.Bool, device: vectors.device);
        var logits = (vectors.matmul(vectors.t()) * scale).masked_fill(self, float.NegativeInfinity);              // [R,R]
        var logProbabilities = logits.log_softmax(1);
        var known = logProbabilities.masked_fill(self, 0);
        var loss = -(target * known).sum().ToDouble() / asking;
        var slope = (logProbabilities.exp() * has - target) * (1.0 / asking);                                       // dL / d logits
        var gradient = (slope + slope.t()).matmul(vectors) * scale;
        var scaleGradient = (slope * logits.masked_fill(self, 0)).sum().ToDouble();
        var nearest = logits.argmax(1).data<long>();
        var hits = 0;
        for (var i = 0; i < rows; i++)
            hits += wanted[i * rows + (int)nearest[i]] > 0 ? 1 : 0;
        return new SupervisedContrastValue(loss, gradient.MoveToOuterDisposeScope(), scaleGradient, (double)hits / asking);
    }

    private static (float[] Wanted, int Asking) Wanted(ReadOnlySpan<int> meanings)
    {
        var rows = meanings.Length;
        var wanted = new float[rows * rows];
        var asking = 0;
        for (var i = 0; i < rows; i++)
        {
            var partners = 0;
            for (var j = 0; j < rows; j++)
                partners += j != i && meanings[j] == meanings[i] ? 1 : 0;
            if (partners == 0)
                continue;
            asking++;
            for (var j = 0; j < rows; j++)
                wanted[i * rows + j] = j != i && meanings[j] == meanings[i] ? 1f / partners : 0;
        }

        return (wanted, asking);
    }
}
