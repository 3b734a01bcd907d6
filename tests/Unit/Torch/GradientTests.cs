using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Torch;

public sealed class GradientTests : OnTestDevice
{
    private readonly Numbers numbers = new(7);

    [Fact]
    public void Attention() => FiniteDifferences.Check(
        static x => nn.functional.scaled_dot_product_attention(x[0], x[1], x[2]),
        numbers.Double(2, 2, 3, 4), numbers.Double(2, 2, 5, 4), numbers.Double(2, 2, 5, 3));

    [Fact]
    public void Causal_attention_with_shared_key_heads() => FiniteDifferences.Check(
        static x => nn.functional.scaled_dot_product_attention(x[0], x[1], x[2], is_causal: true, scale: 0.7),
        numbers.Double(1, 4, 5, 4), numbers.Double(1, 2, 5, 4), numbers.Double(1, 2, 5, 4));

    [Fact]
    public void Masked_attention()
    {
        using var mask = tensor([true, false, true, true, true, false, false, true, true], [3, 3]);
        FiniteDifferences.Check(
            x => nn.functional.scaled_dot_product_attention(x[0], x[1], x[2], mask),
            numbers.Double(2, 2, 3, 4), numbers.Double(2, 2, 3, 4), numbers.Double(2, 2, 3, 4));
    }

    [Fact]
    public void Rms_norm() => FiniteDifferences.Check(static x => nn.functional.rms_norm(x[0], x[1], 1e-3), numbers.Double(3, 2, 5), numbers.Double(5));

    [Fact]
    public void Rms_norm_without_a_weight() => FiniteDifferences.Check(static x => nn.functional.rms_norm(x[0]), numbers.Double(4, 5));

    [Fact]
    public void Layer_norm() =>
        FiniteDifferences.Check(static x => nn.functional.layer_norm(x[0], [5], x[1], x[2]), numbers.Double(3, 5), numbers.Double(5), numbers.Double(5));

    [Fact]
    public void Cross_entropy_ignores_an_index()
    {
        using var target = tensor([2L, -100L, 0L, 3L]);
        FiniteDifferences.Check(x => nn.functional.cross_entropy(x[0], target), numbers.Double(4, 5));
    }

    [Fact]
    public void Conv2d() => FiniteDifferences.Check(
        static x => nn.functional.conv2d(x[0], x[1], x[2], stride: 2, padding: 1), numbers.Double(2, 3, 5, 5), numbers.Double(2, 3, 3, 3), numbers.Double(2));

    [Fact]
    public void Packed_attention() => FiniteDifferences.Check(
        static x => nn.functional.packed_attention(x[0], 2, 1, [3, 1, 2], is_causal: true), numbers.Double(6, 4, 4));

    [Fact]
    public void Swiglu() => FiniteDifferences.Check(static x => nn.functional.swiglu(x[0]), numbers.Double(3, 10));

    [Fact]
    public void Rotary_positions()
    {
        using var angles = numbers.Double(4, 1, 2);
        FiniteDifferences.Check(x => nn.functional.rotary_embedding(x[0], angles.cos(), angles.sin(), 2), numbers.Double(4, 3, 4));
    }

    [Fact]
    public void Gelu_by_its_approximation() => FiniteDifferences.Check(static x => x[0].gelu("tanh"), numbers.Double(12));

    [Fact]
    public void Embedding_scattered_and_gathered()
    {
        using var index = tensor([3L, 1L, 3L]);
        FiniteDifferences.Check(
            x => x[1].index_add(0, index, nn.functional.embedding(index, x[0])).masked_scatter(x[1] > 0, x[0].flatten()),
            numbers.Double(5, 2), numbers.Double(4, 2));
    }

    [Theory]
    [InlineData(1, 7, true)]
    [InlineData(64, 576, true)]
    [InlineData(37, 33, false)]
    public void Rms_norm_in_float32(int rows, int width, bool weighted) => CheckFloat32(
        x => nn.functional.rms_norm(x[0], weighted ? x[1] : null, 1e-5), numbers.Double(rows, width), weighted ? numbers.Double(width) : null);

    [Theory]
    [InlineData(4, 2, true, 101, 101, 32)]
    [InlineData(2, 1, false, 50, 37, 48)]
    [InlineData(2, 2, true, 7, 300, 16)]
    [InlineData(1, 1, true, 300, 260, 16)]
    public void Attention_in_float32(int heads, int shared, bool causal, int queries, int keys, int width)
    {
        using var bias = causal ? null : numbers.Float(2, 1, queries, keys);
        CheckFloat32(
            x => nn.functional.scaled_dot_product_attention(x[0], x[1], x[2], bias?.to(x[0].dtype), causal),
            numbers.Double(2, heads, queries, width), numbers.Double(2, shared, keys, width), numbers.Double(2, shared, keys, 16));
    }

    [Fact]
    public void Packed_attention_in_float32() => CheckFloat32(
        static x => nn.functional.packed_attention(x[0].transpose(0, 1), 4, 2, [5, 60, 1, 17], is_causal: true), numbers.Double(8, 83, 32));

    [Fact]
    public void Swiglu_in_float32() => CheckFloat32(static x => nn.functional.swiglu(x[0]), numbers.Double(3, 5, 74));

    [Fact]
    public void Rotary_positions_in_float32()
    {
        using var angles = numbers.Double(40, 1, 8);
        CheckFloat32(x => nn.functional.rotary_embedding(x[0], angles.cos().to(x[0].dtype), angles.sin().to(x[0].dtype), 3), numbers.Double(40, 5, 16));
    }

    [Fact]
    public void Gradients_add_up_until_they_are_cleared()
    {
        using var scope = NewDisposeScope();
        var x = tensor([3f], requires_grad: true);
        (x * x).sum().backward();
        (x * x).sum().backward();
        Assert.Equal(12, x.grad!.item<float>());
        x.grad = null;
        Assert.Null(x.grad);
        Assert.Null(tensor(1f).grad);
    }

    /// <summary>The native kernels for float32 against libtorch's operations on float64, which the tests above check.</summary>
    private void CheckFloat32(Func<Tensor[], Tensor> function, params Tensor?[] inputs)
    {
        using var scope = NewDisposeScope();
        var arriving = numbers.Double(function([.. inputs.Select(static x => x!)]).shape);
        var (wideOut, wideGradients) = Run(float64);
        var (fastOut, fastGradients) = Run(float32);
        Numbers.AssertClose(wideOut, fastOut, 1e-5);
        Assert.NotEmpty(fastGradients);
        foreach (var (wide, fast) in wideGradients.Zip(fastGradients))
            Numbers.AssertClose(wide, fast, 2e-5 * Math.Max(1, wide.Max(Math.Abs)));

        (double[] Out, List<double[]> Gradients) Run(ScalarType type)
        {
            var leaves = inputs.Select(x => x?.to(type, copy: true).requires_grad_()).ToArray();
            var output = function([.. leaves.Select(static x => x!)]);
            output.backward(arriving.to(type));
            return (Numbers.Read(output), [.. leaves.Where(static x => x is not null).Select(static x => Numbers.Read(x!.grad!))]);
        }
    }
}
