namespace UnifiedVlm.Torch.Alignment;

// One pair in double precision, for showing its value to people: the three logarithms of long sequences are hundreds and nearly cancel, which leaves
// float32 few digits of what they differ by.
public static partial class AlignmentKernel
{
    /// <summary>As <see cref="NormalizedLogKernel"/> for one pair, at many times the cost.</summary>
    /// <param name="x">[n, D], finite.</param>
    /// <param name="y">[m, D], finite.</param>
    public static double ExactNormalizedLogKernel(ReadOnlySpan<float> x, ReadOnlySpan<float> y, int dimension, float sigma)
    {
        CheckWidth(sigma, nameof(sigma));
        CheckSequences(PackedSequences.Single(x, dimension), PackedSequences.Single(y, dimension));
        return Math.Min(0, ExactLogKernel(x, y, dimension, sigma) - (0.5 * (ExactLogKernel(x, x, dimension, sigma) + ExactLogKernel(y, y, dimension, sigma))));
    }

    private static double ExactLogKernel(ReadOnlySpan<float> x, ReadOnlySpan<float> y, int dimension, double sigma)
    {
        var (n, m) = (x.Length / dimension, y.Length / dimension);
        var row = new double[m];
        Array.Fill(row, double.NegativeInfinity);
        for (var i = 0; i < n; i++)
        {
            var (left, diagonal) = (double.NegativeInfinity, i == 0 ? 0 : double.NegativeInfinity);
            for (var j = 0; j < m; j++)
            {
                var t = SquaredDistance(x.Slice(i * dimension, dimension), y.Slice(j * dimension, dimension)) / (2 * sigma * sigma);
                var up = row[j];
                var top = Math.Max(up, Math.Max(left, diagonal));
                left = top + Math.Log(Math.Exp(up - top) + Math.Exp(left - top) + Math.Exp(diagonal - top)) - t - Math.Log(2 - Math.Exp(-t));
                diagonal = up;
                row[j] = left;
            }
        }

        return row[^1];
    }

    private static double SquaredDistance(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (var k = 0; k < x.Length; k++)
        {
            var difference = (double)x[k] - y[k];
            sum += difference * difference;
        }

        return sum;
    }
}
