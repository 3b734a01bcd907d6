using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Torch;

/// <summary>Reproducible random numbers that don't touch libtorch's own generator, and comparisons.</summary>
internal sealed class Numbers(int seed)
{
    private readonly Random random = new(seed);

    /// <summary>Standard normal numbers.</summary>
    public double[] Normal(int count)
    {
        var values = new double[count];
        for (var i = 0; i < count; i++)
            values[i] = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return values;
    }

    public Tensor Tensor(ScalarType dtype, params long[] shape) => tensor(Normal((int)shape.Aggregate(1L, static (a, b) => a * b)), shape, dtype);

    public Tensor Float(params long[] shape) => Tensor(float32, shape);

    public Tensor Double(params long[] shape) => Tensor(float64, shape);

    public static double[] Read(Tensor tensor)
    {
        using var wide = tensor.to(float64);
        return wide.data<double>();
    }

    public static void AssertClose(double[] expected, Tensor actual, double tolerance = 1e-5) => AssertClose(expected, Read(actual), tolerance);

    public static void AssertClose(double[] expected, double[] actual, double tolerance = 1e-5)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Math.Abs(expected[i] - actual[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])),
                $"element {i}: expected {expected[i]:R}, got {actual[i]:R}");
        }
    }
}
