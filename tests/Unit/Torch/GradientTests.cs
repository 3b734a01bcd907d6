using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Torch;

public sealed class GradientTests
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
    public void Gelu_by_its_approximation() => FiniteDifferences.Check(static x => x[0].gelu("tanh"), numbers.Double(12));

    [Fact]
    public void Embedding_scattered_and_gathered()
    {
        using var index = tensor([3L, 1L, 3L]);
        FiniteDifferences.Check(
            x => x[1].index_add(0, index, nn.functional.embedding(index, x[0])).masked_scatter(x[1] > 0, x[0].flatten()),
            numbers.Double(5, 2), numbers.Double(4, 2));
    }

    /// <summary>The fast path for float32 against the slow one for float64, which the tests above check.</summary>
    [Theory]
    [InlineData(1, 7, true)]
    [InlineData(64, 576, true)]
    [InlineData(37, 33, false)]
    public void Rms_norm_in_float32_is_that_in_float64(int rows, int width, bool weighted)
    {
        using var scope = NewDisposeScope();
        var x = numbers.Double(rows, width);
        var weight = weighted ? numbers.Double(width) : null;
        var arriving = numbers.Double(rows, width);

        var (wideOut, wideX, wideWeight) = Run(float64);
        var (fastOut, fastX, fastWeight) = Run(float32);

        Numbers.AssertClose(wideOut, fastOut, 1e-5);
        Numbers.AssertClose(wideX, fastX, 1e-4);
        Numbers.AssertClose(wideWeight, fastWeight, 1e-4);

        (double[] Out, double[] X, double[] Weight) Run(ScalarType type)
        {
            var input = x.to(type, copy: true).requires_grad_();
            var gain = weight?.to(type, copy: true).requires_grad_();
            var output = nn.functional.rms_norm(input, gain, 1e-5);
            output.backward(arriving.to(type));
            return (Numbers.Read(output), Numbers.Read(input.grad!), gain is null ? [] : Numbers.Read(gain.grad!));
        }
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
}
