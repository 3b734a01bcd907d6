using FsCheck;
using FsCheck.Fluent;
using UnifiedVlm.Torch.Alignment;

namespace UnifiedVlm.Tests.Unit.Alignment;

public class AlignmentGradientPropertyTests
{
    private const float Sigma = 0.6f;

    [Fact]
    public void Gradients_of_a_weighted_sum_match_finite_differences() => ForAll(static c =>
    {
        var weights = Weights(c.Seed, c.X.Count * c.Y.Count);
        var (dx, dy) = Gradients(c.X, c.Y, weights, null);
        var random = new Random(c.Seed);
        for (var probe = 0; probe < 4; probe++)
        {
            int i = random.Next(dx.Length), j = random.Next(dy.Length);
            AssertClose(DoubleAlignment.Derivative(c.X.Rows, i, v => Sum(v, c.X, DoubleAlignment.Widen(c.Y.Rows), c.Y, weights)), dx[i]);
            AssertClose(DoubleAlignment.Derivative(c.Y.Rows, j, v => Sum(DoubleAlignment.Widen(c.X.Rows), c.X, v, c.Y, weights)), dy[j]);
        }
    });

    [Fact]
    public void Gradients_within_a_batch_match_finite_differences() => ForAll(static c =>
    {
        var (x, count) = (c.X, c.X.Count);
        var weights = Weights(c.Seed, count * count);
        var plain = new float[x.Rows.Length];
        var normalised = new float[x.Rows.Length];
        AlignmentKernel.SymmetricLogKernelGradients(x.Packed, Sigma, weights, plain);
        AlignmentKernel.SymmetricNormalizedLogKernelGradients(x.Packed, Sigma, weights, normalised);
        var random = new Random(c.Seed);
        for (var probe = 0; probe < 4; probe++)
        {
            var i = random.Next(plain.Length);
            AssertClose(DoubleAlignment.Derivative(x.Rows, i, v => Sum(v, x, v, x, weights)), plain[i]);
            AssertClose(DoubleAlignment.Derivative(x.Rows, i, v => NormalisedSum(v, x, weights)), normalised[i]);
        }
    });

    [Fact]
    public void Scores_within_a_batch_are_those_of_the_pairs() => ForAll(static c =>
    {
        var count = c.X.Count;
        var (symmetric, full) = (new float[count * count], new float[count * count]);
        AlignmentKernel.SymmetricLogKernel(c.X.Packed, Sigma, symmetric);
        AlignmentKernel.LogKernel(c.X.Packed, c.X.Packed, Sigma, full);
        AssertAllClose(full, symmetric, 1e-5);
        AlignmentKernel.SymmetricNormalizedLogKernel(c.X.Packed, Sigma, symmetric);
        AlignmentKernel.NormalizedLogKernel(c.X.Packed, c.X.Packed, Sigma, full);
        AssertAllClose(full, symmetric, 1e-5);
    });

    [Fact]
    public void Threads_change_nothing() => ForAll(static c =>
    {
        var weights = Weights(c.Seed, c.X.Count * c.Y.Count);
        var (dx, dy) = Gradients(c.X, c.Y, weights, null);
        var (threadedX, threadedY) = Gradients(c.X, c.Y, weights, new AlignmentOptions { Threads = 5 });
        Assert.Equal(dx, threadedX);
        Assert.Equal(dy, threadedY);
    });

    [Fact]
    public void Instruction_sets_agree() => ForAll(static c =>
    {
        var weights = Weights(c.Seed, c.X.Count * c.Y.Count);
        var (dx, dy) = Gradients(c.X, c.Y, weights, new AlignmentOptions { Instructions = VectorInstructions.Baseline });
        for (var set = VectorInstructions.Avx2; set <= AlignmentKernel.BestInstructions; set++)
        {
            var (wideX, wideY) = Gradients(c.X, c.Y, weights, new AlignmentOptions { Instructions = set });
            AssertAllClose(dx, wideX, 2e-5);
            AssertAllClose(dy, wideY, 2e-5);
        }
    });

    [Fact]
    public void Moving_both_sequences_together_changes_nothing() => ForAll(static c =>
    {
        // log K depends on differences alone, so all rows' gradients add up to 0.
        var (dx, dy) = Gradients(c.X, c.Y, Weights(c.Seed, c.X.Count * c.Y.Count), null);
        for (var k = 0; k < c.X.Dimension; k++)
        {
            double sum = 0, size = 0;
            foreach (var gradient in new[] { dx, dy })
            {
                for (var i = k; i < gradient.Length; i += c.X.Dimension)
                    (sum, size) = (sum + gradient[i], size + Math.Abs(gradient[i]));
            }

            Assert.InRange(Math.Abs(sum), 0, 1e-5 * Math.Max(1, size));
        }
    });

    private static (float[] X, float[] Y) Gradients(Sequences x, Sequences y, float[] weights, AlignmentOptions? options)
    {
        var (dx, dy) = (new float[x.Rows.Length], new float[y.Rows.Length]);
        AlignmentKernel.LogKernelGradients(x.Packed, y.Packed, Sigma, weights, dx, dy, options);
        return (dx, dy);
    }

    private static double Sum(double[] x, Sequences xs, double[] y, Sequences ys, float[] weights)
    {
        double sum = 0;
        for (var a = 0; a < xs.Count; a++)
        {
            for (var b = 0; b < ys.Count; b++)
                sum += weights[a * ys.Count + b] * DoubleAlignment.LogKernel(Cut(x, xs, a), Cut(y, ys, b), xs.Dimension, Sigma);
        }

        return sum;
    }

    private static double NormalisedSum(double[] x, Sequences xs, float[] weights)
    {
        var self = Enumerable.Range(0, xs.Count).Select(s => DoubleAlignment.LogKernel(Cut(x, xs, s), Cut(x, xs, s), xs.Dimension, Sigma)).ToArray();
        var sum = Sum(x, xs, x, xs, weights);
        for (var a = 0; a < xs.Count; a++)
        {
            for (var b = 0; b < xs.Count; b++)
                sum -= weights[a * xs.Count + b] * (self[a] + self[b]) / 2;
        }

        return sum;
    }

    private static double[] Cut(double[] rows, Sequences s, int sequence) =>
        rows[(s.Offsets[sequence] * s.Dimension)..(s.Offsets[sequence + 1] * s.Dimension)];

    /// <summary>Of both signs, every fourth 0: pairs without weight are left out of the work.</summary>
    private static float[] Weights(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(k => k % 4 == 3 ? 0 : (float)(random.NextDouble() * 2 - 1))];
    }

    private static void AssertAllClose(float[] expected, float[] actual, double tolerance)
    {
        for (var k = 0; k < expected.Length; k++)
            Assert.InRange(Math.Abs(expected[k] - actual[k]), 0, tolerance * Math.Max(1, Math.Abs(expected[k])));
    }

    private static void AssertClose(double expected, double actual) =>
        Assert.InRange(Math.Abs(expected - actual), 0, 1e-4 * Math.Max(1, Math.Abs(expected)));

    private sealed record Case(int Seed, Sequences X, Sequences Y);

    private static void ForAll(Action<Case> property)
    {
        var cases =
            from seed in Gen.Choose(0, int.MaxValue)
            from dimension in Gen.Elements(1, 2, 3, 7, 8, 15, 16, 17, 33, 64, 100)
            from countX in Gen.Choose(1, 6)
            from countY in Gen.Choose(1, 20)
            from lengthX in Gen.Choose(1, 9)
            from lengthY in Gen.Choose(1, 12)
            select new Case(
                seed, Sequences.Random(seed, countX, lengthX, dimension), Sequences.Random(seed ^ 0x5bd1e995, countY, lengthY, dimension));
        Prop.ForAll(cases.ToArbitrary(), property).Check(Config.QuickThrowOnFailure.WithMaxTest(40));
    }
}
