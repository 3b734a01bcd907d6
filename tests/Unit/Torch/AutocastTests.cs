using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Torch;

public sealed class AutocastTests
{
    private static readonly long[] Rows = [2, 30];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_layer_equals_the_float32_product_of_rounded_factors(bool hasBias)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var (x, weight, bias, arriving) = Layer(hasBias);
        Tensor y;
        using (autocast(ScalarType.BFloat16))
            y = nn.functional.linear(x, weight, bias);

        // The backward pass keeps to the mode in which the layer was made.
        y.backward(arriving);

        var (roundedX, roundedWeight, roundedArriving) = (Rounded(x), Rounded(weight), Rounded(arriving).reshape(-1, 24));
        Assert.Equal(float32, y.dtype);
        Assert.Equal([2, 30, 24], y.shape);
        Near(hasBias ? nn.functional.linear(roundedX, roundedWeight, bias!.detach()) : nn.functional.linear(roundedX, roundedWeight), y.detach());
        Near(roundedArriving.mm(roundedWeight).view(x.shape), x.grad!);
        Near(roundedArriving.t().mm(roundedX.reshape(-1, 16)), weight.grad!);
        if (hasBias)
            Near(arriving.reshape(-1, 24).sum(0), bias!.grad!);
        Assert.True((y - nn.functional.linear(x, weight, bias)).abs().max().item<float>() > 1e-4, "the factors were not rounded");
    }

    [Fact]
    public void Only_what_needs_a_gradient_gets_one()
    {
        using var scope = NewDisposeScope();
        using var mode = autocast();
        var x = randn(40, 16);
        var weight = randn(24, 16).requires_grad_();
        nn.functional.linear(x, weight).sum().backward();
        Assert.Null(x.grad);
        Assert.NotNull(weight.grad);
        Assert.False(nn.functional.linear(x, weight.detach()).requires_grad);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_residual_can_be_added_to_the_result_in_place(int dimensions)
    {
        using var scope = NewDisposeScope();
        using var mode = autocast();
        var x = (dimensions == 1 ? randn(60, 16) : randn([2, 30, 16])).requires_grad_();
        var y = nn.functional.linear(x, eye(16)).add_(x);
        y.sum().backward();
        Near(full(x.shape, 2), x.grad!);
    }

    [Fact]
    public void Few_rows_and_other_types_are_left_as_they_are()
    {
        using var scope = NewDisposeScope();
        var (x, weight) = (randn(4, 16), randn(24, 16));
        var plain = nn.functional.linear(x, weight);
        using var mode = autocast();
        Assert.Equal(plain.data<float>(), nn.functional.linear(x, weight).data<float>());
        Assert.Equal(float64, nn.functional.linear(randn(64, 16).@double(), weight.@double()).dtype);
        Assert.Throws<TorchException>(() => nn.functional.linear(randn(64, 15), weight));
        Assert.Throws<TorchException>(() => nn.functional.linear(randn(64, 16), weight, randn([23])));
    }

    [Fact]
    public void The_mode_is_the_threads_own_and_nests()
    {
        using (autocast())
        {
            Assert.True(is_autocast_enabled());
            using (autocast(enabled: false))
                Assert.False(is_autocast_enabled());
            Assert.True(is_autocast_enabled());
            var elsewhere = true;
            var thread = new Thread(() => elsewhere = is_autocast_enabled());
            thread.Start();
            thread.Join();
            Assert.False(elsewhere);
        }

        Assert.False(is_autocast_enabled());
        Assert.Throws<ArgumentException>(() => autocast(ScalarType.Float16));
        Assert.False(is_autocast_enabled());
    }

    [Fact]
    public void Denormal_numbers_are_flushed_on_request()
    {
        using var scope = NewDisposeScope();
        var small = full([1], 1e-30);
        Assert.NotEqual(0, (small * 1e-10).item<float>());
        if (!set_flush_denormal(true))
            return;
        try
        {
            Assert.Equal(0, (small * 1e-10).item<float>());
        }
        finally
        {
            set_flush_denormal(false);
        }
    }

    [Fact]
    public void The_advantage_is_the_quotient_of_two_measured_times()
    {
        var advantage = Bfloat16Advantage.Measure((64, 64, 64));
        Assert.True(advantage.Float32Seconds > 0);
        Assert.True(advantage.BFloat16Seconds > 0);
        Assert.True(new Bfloat16Advantage(2, 1).IsWorthwhile);
        Assert.False(new Bfloat16Advantage(1, 1).IsWorthwhile);
        Assert.Equal(2, new Bfloat16Advantage(2, 1).Ratio);
    }

    private static (Tensor X, Tensor Weight, Tensor? Bias, Tensor Arriving) Layer(bool hasBias) =>
        (randn([.. Rows, 16]).requires_grad_(), randn(24, 16).requires_grad_(), hasBias ? randn([24]).requires_grad_() : null, randn([.. Rows, 24]));

    private static Tensor Rounded(Tensor x) => x.detach().bfloat16().@float();

    private static void Near(Tensor expected, Tensor actual)
    {
        // A libtorch with a oneDNN of its own, as a wheel's, has its products in bfloat16 too.
        var bound = torch.__version__.StartsWith("1.", StringComparison.Ordinal) ? 1e-4 : expected.abs().max().item<float>() / 128;
        var difference = (expected - actual).abs().max().item<float>();
        Assert.True(difference < bound, $"differs by {difference}");
    }
}
