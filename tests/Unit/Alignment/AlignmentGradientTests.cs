using UnifiedVlm.Torch.Alignment;

namespace UnifiedVlm.Tests.Unit.Alignment;

public class AlignmentGradientTests
{
    private const float Sigma = 0.5f;

    [Fact]
    public void A_pair_of_single_parts_has_the_closed_form()
    {
        // d = 2: log K = -phi(t), t = 4, and d log K / dx = -phi'(t) (x - y) / sigma^2 with phi'(t) = 2 / (2 - e^-t).
        float[] x = [1, 0];
        float[] y = [0, 1];
        var (dx, dy) = Gradients(x, y, 2, Sigma);
        var slope = (float)(2 / (2 - Math.Exp(-4)) / (Sigma * Sigma));
        Assert.Equal([-slope, slope], dx, Close(1e-5));
        Assert.Equal([slope, -slope], dy, Close(1e-5));
    }

    [Fact]
    public void Equal_parts_do_not_pull()
    {
        float[] part = [0.6f, 0.8f];
        var (dx, dy) = Gradients(part, part, 2, 0.01f);
        Assert.Equal([0, 0], dx);
        Assert.Equal([0, 0], dy);
    }

    [Fact]
    public void Parts_of_zeros_have_finite_gradients()
    {
        float[] zeros = new float[6];
        float[] y = [1, 0, 0, 1];
        var (dx, dy) = Gradients(zeros, y, 2, Sigma);
        AssertMatches(dx, zeros, values => DoubleAlignment.LogKernel(values, DoubleAlignment.Widen(y), 2, Sigma));
        AssertMatches(dy, y, values => DoubleAlignment.LogKernel(DoubleAlignment.Widen(zeros), values, 2, Sigma));
    }

    [Theory]
    [InlineData(64, 64, 0.1f)]
    [InlineData(64, 64, 0.5f)]
    [InlineData(64, 64, 2f)]
    [InlineData(1, 64, 0.5f)]
    [InlineData(200, 300, 0.3f)]
    public void Long_sequences_keep_their_digits(int n, int m, float sigma)
    {
        var random = new Random(n + m);
        var x = Sequences.UnitRows(random, n, 5);
        var y = Sequences.UnitRows(random, m, 5);
        var (dx, dy) = Gradients(x, y, 5, sigma);
        for (var probe = 0; probe < 12; probe++)
        {
            int i = random.Next(x.Length), j = random.Next(y.Length);
            AssertClose(DoubleAlignment.Derivative(x, i, v => DoubleAlignment.LogKernel(v, DoubleAlignment.Widen(y), 5, sigma)), dx[i], sigma);
            AssertClose(DoubleAlignment.Derivative(y, j, v => DoubleAlignment.LogKernel(DoubleAlignment.Widen(x), v, 5, sigma)), dy[j], sigma);
        }
    }

    [Theory]
    [InlineData(AlignmentKernel.MinWidth)]
    [InlineData(AlignmentKernel.MaxWidth)]
    public void The_widest_and_the_narrowest_kernel_stay_finite(float sigma)
    {
        var random = new Random(5);
        var (dx, dy) = Gradients(Sequences.UnitRows(random, 30, 4), Sequences.UnitRows(random, 40, 4), 4, sigma);
        Assert.All(dx.Concat(dy), static v => Assert.True(float.IsFinite(v)));
    }

    [Fact]
    public void More_cells_than_a_wave_holds_give_the_same()
    {
        // 70 x 512 x 512 cells are more than 16M: two waves. Only the last pair, in the second wave, carries another weight.
        const int Count = 70, Length = 512;
        var x = Sequences.UnitRows(new Random(1), Length, 2);
        var y = Sequences.UnitRows(new Random(2), Length, 2);
        var (one, _) = Gradients(x, y, 2, Sigma);
        var offsets = Enumerable.Range(0, Count + 1).Select(static s => s * Length).ToArray();
        var repeated = Enumerable.Repeat(y, Count).SelectMany(static r => r).ToArray();
        var weights = Enumerable.Repeat(1f, Count).ToArray();
        weights[^1] = 31;
        var dx = new float[x.Length];
        var dy = new float[repeated.Length];
        AlignmentKernel.LogKernelGradients(PackedSequences.Single(x, 2), new PackedSequences(repeated, offsets, 2), Sigma, weights, dx, dy);
        Assert.Equal(one.Select(static v => v * 100), dx, Close(1e-4));
        var (_, single) = Gradients(x, y, 2, Sigma);
        Assert.Equal(single, dy[..single.Length]);
        Assert.Equal(single.Select(static v => v * 31), dy[^single.Length..], Close(1e-4));
    }

    [Fact]
    public void A_gradient_that_is_not_wanted_is_left_out_and_a_NaN_weight_shows()
    {
        float[] x = [1, 0, 0, 1];
        float[] y = [0, 1];
        var (dx, _) = Gradients(x, y, 2, Sigma);
        var alone = new float[4];
        AlignmentKernel.LogKernelGradients(PackedSequences.Single(x, 2), PackedSequences.Single(y, 2), Sigma, [1], alone, []);
        Assert.Equal(dx, alone);
        AlignmentKernel.LogKernelGradients(PackedSequences.Single(x, 2), PackedSequences.Single(y, 2), Sigma, [float.NaN], alone, []);
        Assert.Contains(float.NaN, alone);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        float[] a = [1, 0];
        var buffer = new float[2];
        Assert.Throws<ArgumentException>("weights", () => AlignmentKernel.LogKernelGradients(One(a), One(a), Sigma, [1, 1], buffer, []));
        Assert.Throws<ArgumentException>("xGradient", () => AlignmentKernel.LogKernelGradients(One(a), One(a), Sigma, [1], new float[3], []));
        Assert.Throws<ArgumentException>("yGradient", () => AlignmentKernel.LogKernelGradients(One(a), One(a), Sigma, [1], [], new float[3]));
        Assert.Throws<ArgumentException>("weights", () => AlignmentKernel.SymmetricLogKernelGradients(One(a), Sigma, [], buffer));
        Assert.Throws<ArgumentOutOfRangeException>("sigma", () => AlignmentKernel.LogKernelGradients(One(a), One(a), float.NaN, [1], buffer, []));
        var longOne = new float[2 * 600];
        Assert.Throws<ArgumentException>("y", () => AlignmentKernel.LogKernelGradients(One(longOne), One(longOne), Sigma, [1], [], []));
        float[] bad = [float.NaN, 0];
        Assert.Equal("y", Assert.Throws<UnusableVectorException>(() => AlignmentKernel.LogKernelGradients(One(a), One(bad), Sigma, [1], buffer, [])).Side);
        Assert.Equal("x", Assert.Throws<UnusableVectorException>(() => AlignmentKernel.LogKernelGradients(One(bad), One(a), Sigma, [1], buffer, [])).Side);

        static PackedSequences One(float[] rows) => PackedSequences.Single(rows, 2);
    }

    private static (float[] X, float[] Y) Gradients(float[] x, float[] y, int dimension, float sigma)
    {
        var dx = new float[x.Length];
        var dy = new float[y.Length];
        AlignmentKernel.LogKernelGradients(PackedSequences.Single(x, dimension), PackedSequences.Single(y, dimension), sigma, [1], dx, dy);
        return (dx, dy);
    }

    private static void AssertMatches(float[] gradient, float[] rows, Func<double[], double> function)
    {
        for (var k = 0; k < rows.Length; k++)
            AssertClose(DoubleAlignment.Derivative(rows, k, function), gradient[k], Sigma);
    }

    /// <summary>1e-4 in units of the steepest possible pull of one cell, 2 / sigma^2.</summary>
    private static void AssertClose(double expected, double actual, float sigma) =>
        Assert.InRange(Math.Abs(expected - actual), 0, 1e-4 * Math.Max(1, 2 / (sigma * sigma)));

    private static IEqualityComparer<float> Close(double tolerance) =>
        EqualityComparer<float>.Create((a, b) => Math.Abs(a - b) <= tolerance * Math.Max(1, Math.Abs(b)), static _ => 0);
}
