using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Torch;

/// <summary>Compares autograd with central differences of the same function in float64.</summary>
internal static class FiniteDifferences
{
    private const double Step = 1e-5;
    private const double Tolerance = 1e-6;

    /// <param name="function">Any shape; it is contracted with fixed random numbers to one number.</param>
    /// <param name="inputs">float64 leaves; all are checked, element by element.</param>
    public static void Check(Func<Tensor[], Tensor> function, params Tensor[] inputs)
    {
        using var scope = NewDisposeScope();
        foreach (var input in inputs)
            input.requires_grad = true;
        var output = function(inputs);
        var weights = new Numbers(99).Double(output.shape);
        (output * weights).sum().backward();

        for (var which = 0; which < inputs.Length; which++)
        {
            var gradient = Numbers.Read(inputs[which].grad ?? throw new InvalidOperationException($"input {which} got no gradient"));
            for (var i = 0; i < gradient.Length; i++)
            {
                var slope = (Shifted(function, inputs, which, i, Step, weights) - Shifted(function, inputs, which, i, -Step, weights)) / (2 * Step);
                Assert.True(
                    Math.Abs(slope - gradient[i]) <= Tolerance * Math.Max(1, Math.Abs(slope)),
                    $"input {which}, element {i}: autograd {gradient[i]:R}, differences {slope:R}");
            }
        }
    }

    private static double Shifted(Func<Tensor[], Tensor> function, Tensor[] inputs, int which, int element, double by, Tensor weights)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var shifted = inputs.ToArray();
        var values = Numbers.Read(inputs[which]);
        values[element] += by;
        shifted[which] = tensor(values, inputs[which].shape);
        return (function(shifted) * weights).sum().ToDouble();
    }
}
