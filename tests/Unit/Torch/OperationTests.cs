using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Torch;

/// <summary>Results against loops written from the formulas.</summary>
public sealed class OperationTests : OnTestDevice
{
    private readonly Numbers numbers = new(11);

    [Theory]
    [InlineData(2, 2, false, 6, 6)]
    [InlineData(4, 2, true, 6, 6)]
    [InlineData(4, 1, false, 1, 9)]
    [InlineData(6, 3, true, 3, 8)]
    [InlineData(4, 2, true, 101, 101, 32)]
    [InlineData(2, 1, false, 50, 37, 48)]
    [InlineData(2, 2, true, 7, 300, 16)]
    [InlineData(3, 1, false, 1, 270, 64)]
    public void Attention(int heads, int shared, bool causal, int queries, int keys, int width = 4)
    {
        using var scope = NewDisposeScope();
        const int Batch = 2;
        var q = numbers.Float(Batch, heads, queries, width);
        var k = numbers.Float(Batch, shared, keys, width);
        var v = numbers.Float(Batch, shared, keys, width);
        var bias = numbers.Float(Batch, 1, queries, keys);
        var mask = causal ? null : bias;

        var actual = nn.functional.scaled_dot_product_attention(q, k, v, mask, causal);

        var (qs, ks, vs, bs) = (Numbers.Read(q), Numbers.Read(k), Numbers.Read(v), Numbers.Read(bias));
        var expected = new double[Batch * heads * queries * width];
        for (var b = 0; b < Batch; b++)
        {
            for (var h = 0; h < heads; h++)
            {
                var g = b * shared + h / (heads / shared);
                for (var t = 0; t < queries; t++)
                {
                    var row = (b * heads + h) * queries + t;
                    var weights = new double[keys];
                    for (var s = 0; s < keys; s++)
                    {
                        double score = 0;
                        for (var e = 0; e < width; e++)
                            score += qs[row * width + e] * ks[(g * keys + s) * width + e];
                        score /= Math.Sqrt(width);
                        if (mask is not null)
                            score += bs[(b * queries + t) * keys + s];
                        weights[s] = causal && s > t ? 0 : Math.Exp(score);
                    }
                    var total = weights.Sum();
                    for (var e = 0; e < width; e++)
                        expected[row * width + e] = Enumerable.Range(0, keys).Sum(s => weights[s] / total * vs[(g * keys + s) * width + e]);
                }
            }
        }
        Assert.Equal([Batch, heads, queries, width], actual.shape);
        Numbers.AssertClose(expected, actual);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(16)]
    public void A_truth_mask_hides_keys_as_if_they_were_not_there(int width)
    {
        using var scope = NewDisposeScope();
        var q = numbers.Float(1, 2, 3, width);
        var k = numbers.Float(1, 2, 5, width);
        var v = numbers.Float(1, 2, 5, width);
        var mask = tensor([true, true, true, false, false], [1, 1, 1, 5]);
        var masked = nn.functional.scaled_dot_product_attention(q, k, v, mask);
        var cut = nn.functional.scaled_dot_product_attention(q, k.narrow(2, 0, 3), v.narrow(2, 0, 3));
        Assert.True(masked.allclose(cut, 1e-5, 1e-6));
    }

    [Fact]
    public void A_query_that_sees_nothing_gives_zeros_and_no_gradient()
    {
        using var scope = NewDisposeScope();
        var q = numbers.Float(1, 1, 2, 16).requires_grad_();
        var k = numbers.Float(1, 1, 3, 16).requires_grad_();
        var mask = tensor([false, false, false, true, false, true], [2, 3]);
        var y = nn.functional.scaled_dot_product_attention(q, k, k, mask);
        y.sum().backward();
        Assert.All(y[0, 0, 0].data<float>(), static v => Assert.Equal(0, v));
        Assert.All(q.grad![0, 0, 0].data<float>(), static v => Assert.Equal(0, v));
        Assert.True(k.grad!.isfinite().all().item<bool>());
        Assert.All(k.grad![0, 0, 1].data<float>(), static v => Assert.Equal(0, v));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_no_number_stays_none(bool isHidden)
    {
        using var scope = NewDisposeScope();
        var q = numbers.Float(1, 1, 2, 16);
        q[0, 0, 1].fill_(float.NaN);
        var k = numbers.Float(1, 1, 3, 16);
        var mask = isHidden ? tensor([true, true, true, false, true, true], [2, 3]) : null;
        var y = nn.functional.scaled_dot_product_attention(q, k, k, mask);
        Assert.All(y[0, 0, 0].data<float>(), static v => Assert.True(float.IsFinite(v)));
        Assert.All(y[0, 0, 1].data<float>(), static v => Assert.True(float.IsNaN(v)));
    }

    [Theory]
    [InlineData(16, true)]
    [InlineData(16, false)]
    [InlineData(4, true)]
    public void Packed_sequences_attend_as_if_each_were_alone(int width, bool causal)
    {
        using var scope = NewDisposeScope();
        long[] lengths = [5, 60, 1, 17];
        var qkv = numbers.Float(83, 8, width);
        var packed = nn.functional.packed_attention(qkv, 4, 2, lengths, causal);
        var start = 0L;
        foreach (var length in lengths)
        {
            var rows = qkv.narrow(0, start, length).transpose(0, 1).unsqueeze(0);
            var alone = nn.functional.scaled_dot_product_attention(rows.narrow(1, 0, 4), rows.narrow(1, 4, 2), rows.narrow(1, 6, 2), is_causal: causal);
            Assert.True(packed.narrow(0, start, length).allclose(alone.squeeze(0).transpose(0, 1), 1e-5, 1e-6));
            start += length;
        }
    }

    [Fact]
    public void Packed_sequences_that_do_not_fit_are_refused()
    {
        using var qkv = zeros([4, 6, 16]);
        Assert.Contains("add up to 3 but there are 4 tokens", Attempt(2, 2, 1, 2), StringComparison.Ordinal);
        Assert.Contains("length 0", Attempt(2, 2, 4, 0), StringComparison.Ordinal);
        Assert.Contains("expected [N, 4, E], got [4, 6, 16]", Attempt(2, 1, 4), StringComparison.Ordinal);
        Assert.Contains("3 query heads can't share 2", Attempt(3, 2, 4), StringComparison.Ordinal);

        string Attempt(long heads, long shared, params long[] lengths) =>
            Assert.Throws<TorchException>(() => nn.functional.packed_attention(qkv, heads, shared, lengths)).Message;
    }

    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    public void Rotary_positions_turn_pairs_and_spare_the_last_heads(int type)
    {
        using var scope = NewDisposeScope();
        var x = numbers.Tensor(type == 32 ? float32 : float64, 5, 3, 6);
        var angles = numbers.Tensor(x.dtype, 5, 1, 3);
        var y = nn.functional.rotary_embedding(x, angles.cos(), angles.sin(), heads: 2);
        var (xs, a) = (Numbers.Read(x), Numbers.Read(angles));
        var expected = xs.ToArray();
        for (var n = 0; n < 5; n++)
        {
            for (var h = 0; h < 2; h++)
            {
                for (var i = 0; i < 3; i++)
                {
                    var at = (n * 3 + h) * 6 + i;
                    var turned = new System.Numerics.Complex(xs[at], xs[at + 3]) * System.Numerics.Complex.FromPolarCoordinates(1, a[n * 3 + i]);
                    (expected[at], expected[at + 3]) = (turned.Real, turned.Imaginary);
                }
            }
        }
        Numbers.AssertClose(expected, y);
    }

    [Fact]
    public void Swiglu_over_its_whole_range()
    {
        using var scope = NewDisposeScope();
        var gate = linspace(-120, 120, 1001);
        var x = cat([gate, full([1001], 2)]).expand(3, 2002);
        var expected = Numbers.Read(gate).Select(static g => 2 * g / (1 + Math.Exp(-g))).ToArray();
        Numbers.AssertClose([.. expected, .. expected, .. expected], nn.functional.swiglu(x), 2e-6);
    }

    [Fact]
    public void Rms_norm_of_a_transposed_tensor()
    {
        using var scope = NewDisposeScope();
        var x = numbers.Float(4, 3).t();
        var values = Numbers.Read(x);
        var expected = new double[12];
        for (var r = 0; r < 3; r++)
        {
            var root = Math.Sqrt(Enumerable.Range(0, 4).Sum(c => values[r * 4 + c] * values[r * 4 + c]) / 4 + 1e-6);
            for (var c = 0; c < 4; c++)
                expected[r * 4 + c] = values[r * 4 + c] / root * (c + 1);
        }
        Numbers.AssertClose(expected, nn.functional.rms_norm(x, tensor([1f, 2f, 3f, 4f])));
    }

    [Fact]
    public void Rms_norm_of_bfloat16_sums_in_float32()
    {
        using var scope = NewDisposeScope();
        var x = full([1, 4096], 3, bfloat16);
        var y = nn.functional.rms_norm(x, ones([4096], bfloat16));
        Assert.Equal(bfloat16, y.dtype);
        Assert.Equal(1, y.select(1, 17).item<float>());
    }

    [Fact]
    public void Layer_norm()
    {
        using var scope = NewDisposeScope();
        var x = numbers.Float(3, 6);
        var values = Numbers.Read(x);
        var expected = new double[18];
        for (var r = 0; r < 3; r++)
        {
            var row = values.AsSpan(r * 6, 6).ToArray();
            var mean = row.Average();
            var variance = row.Sum(v => (v - mean) * (v - mean)) / 6;
            for (var c = 0; c < 6; c++)
                expected[r * 6 + c] = (row[c] - mean) / Math.Sqrt(variance + 1e-5) * 2 + 1;
        }
        Numbers.AssertClose(expected, nn.functional.layer_norm(x, [6], full([6], 2), ones(6)));
    }

    [Fact]
    public void Cross_entropy_averages_over_the_targets_that_count()
    {
        using var scope = NewDisposeScope();
        var logits = numbers.Float(4, 3);
        var v = Numbers.Read(logits);
        double Loss(int row, int target) => Math.Log(Enumerable.Range(0, 3).Sum(c => Math.Exp(v[row * 3 + c]))) - v[row * 3 + target];
        var target = tensor([2L, -100L, 0L, 1L]);
        var losses = new[] { Loss(0, 2), 0, Loss(2, 0), Loss(3, 1) };
        Numbers.AssertClose([losses.Sum() / 3], nn.functional.cross_entropy(logits, target));
        Numbers.AssertClose(losses, nn.functional.cross_entropy(logits, target, reduction: Reduction.None));
        Numbers.AssertClose([losses[2] + losses[3]], nn.functional.cross_entropy(logits[2..], target[2..], ignore_index: 2, reduction: Reduction.Sum));
        Numbers.AssertClose([losses[3]], nn.functional.cross_entropy(logits[2..], target[2..], ignore_index: 0));
    }

    [Fact]
    public void Conv2d()
    {
        using var scope = NewDisposeScope();
        var x = numbers.Float(2, 3, 6, 6);
        var w = numbers.Float(4, 3, 2, 2);
        var (xs, ws) = (Numbers.Read(x), Numbers.Read(w));
        var expected = new double[2 * 4 * 3 * 3];
        for (var at = 0; at < expected.Length; at++)
        {
            var (n, o, i, j) = (at / 36, at / 9 % 4, at / 3 % 3, at % 3);
            expected[at] = o;
            for (var c = 0; c < 3; c++)
            {
                for (var p = 0; p < 4; p++)
                    expected[at] += xs[((n * 3 + c) * 6 + 2 * i + p / 2) * 6 + 2 * j + p % 2] * ws[(o * 3 + c) * 4 + p];
            }
        }
        var actual = nn.functional.conv2d(x, w, tensor([0f, 1f, 2f, 3f]), stride: 2);
        Assert.Equal([2, 4, 3, 3], actual.shape);
        Numbers.AssertClose(expected, actual);
    }

    [Fact]
    public void Gelu_in_both_forms()
    {
        using var scope = NewDisposeScope();
        var x = tensor([-1f, 0f, 0.5f, 2f]);
        // x Phi(x), with the distribution function of the standard normal from a table.
        Numbers.AssertClose([-0.15865525, 0, 0.34573123, 1.95449974], x.gelu());
        double Approximate(double v) => 0.5 * v * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v)));
        Numbers.AssertClose([Approximate(-1), 0, Approximate(0.5), Approximate(2)], x.gelu("tanh"));
        Assert.Throws<ArgumentException>(() => x.gelu("sigmoid"));
    }

    [Fact]
    public void Softmax_and_its_relatives()
    {
        using var scope = NewDisposeScope();
        var x = tensor([0f, (float)Math.Log(2), (float)Math.Log(5)]);
        Numbers.AssertClose([0.125, 0.25, 0.625], x.softmax(0));
        Numbers.AssertClose([Math.Log(0.125), Math.Log(0.25), Math.Log(0.625)], x.log_softmax(0));
        Numbers.AssertClose([Math.Log(8)], x.logsumexp(0));
    }

    [Fact]
    public void Reductions()
    {
        using var scope = NewDisposeScope();
        var x = tensor([3f, -1f, 2f, 7f, 0f, 5f], [2, 3]);
        Assert.Equal(16, x.sum().item<float>());
        Assert.Equal([10f, -1f, 7f], x.sum(0).data<float>());
        Assert.Equal([4f / 3, 4f], x.mean(-1).data<float>());
        Assert.Equal([2, 1], x.mean([1], keepdim: true).shape);
        Assert.Equal([0L, 0L], x.argmax(1).data<long>());
        Assert.Equal(3, x.argmax().item<long>());
        var (values, indexes) = x.max(0);
        Assert.Equal([7f, 0f, 5f], values.data<float>());
        Assert.Equal([1L, 1L, 1L], indexes.data<long>());
        var (top, where) = x.topk(2);
        Assert.Equal([3f, 2f, 7f, 5f], top.data<float>());
        Assert.Equal([0L, 2L, 0L, 2L], where.data<long>());
        Assert.Equal([1L, 2L, 0L, 1L, 2L, 0L], x.argsort().data<long>());
        Assert.Equal([3f, 2f, 4f, 7f, 7f, 12f], x.cumsum(1).data<float>());
        Assert.Equal(Math.Sqrt(88), x.norm().ToDouble(), 5);
        Assert.Equal(88 / 6.0 - 256 / 36.0, x.var(unbiased: false).ToDouble(), 4);
        Assert.True((x > -2).all().item<bool>());
        Assert.False((x > 7).any().item<bool>());
    }

    [Fact]
    public void Normalised_rows_have_length_one_and_a_zero_row_stays_zero()
    {
        using var scope = NewDisposeScope();
        var x = tensor([3f, 4f, 0f, 0f], [2, 2]);
        Numbers.AssertClose([0.6, 0.8, 0, 0], nn.functional.normalize(x));
        Numbers.AssertClose([1, 0], nn.functional.cosine_similarity(x, x));
    }

    [Fact]
    public void Operators_follow_numbers_and_promotion()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1f, 2f, 4f]);
        Assert.Equal([3f, 2f, 0f], (4 - x).data<float>());
        Assert.Equal([4f, 2f, 1f], (4 / x).data<float>());
        Assert.Equal([-1f, -2f, -4f], (-x).data<float>());
        Assert.Equal([2f, 4f, 8f], (x + x).data<float>());
        Assert.Equal([1f, 4f, 16f], x.pow(2).data<float>());
        Assert.Equal([false, true, false], ((x > 1) & (x < 4)).data<bool>());
        Assert.Equal([1f, 2f, 2f], x.clamp(max: 2).data<float>());
        var whole = tensor([1L, 2L]);
        Assert.Equal(int64, (whole * 2).dtype);
        Assert.Equal(float32, (whole * 0.5).dtype);
        Assert.Equal(int64, whole.add_(whole, 3).dtype);
        Assert.Equal([4L, 8L], whole.data<long>());
    }

    [Fact]
    public void Whole_numbers_stay_whole_between_whole_bounds()
    {
        using var scope = NewDisposeScope();
        // More digits than a float32 has, or a float64.
        const long Large = (1L << 60) + 1;
        var x = tensor([-3L, 1L, Large]);
        Assert.Equal([-1L, 1L, 2L], x.clamp(-1, 2).data<long>());
        Assert.Equal([0L, 1L, Large], x.clamp(min: 0).data<long>());
        Assert.Equal([-3L, 1L, 2L], x.clamp_max(2).data<long>());
        Assert.Equal([-3L, 1L, Large], x.clamp().data<long>());
        Assert.Equal([0.5f, 1f, 2f], x.clamp(0.5, 2).data<float>());
        Assert.Equal([0.5f, 1f], tensor([0.25f, 1f]).clamp(0.5, 2).data<float>());
    }

    [Fact]
    public void Interpolation_keeps_a_flat_picture_flat_and_halves_a_checker_to_grey()
    {
        using var scope = NewDisposeScope();
        Numbers.AssertClose(Enumerable.Repeat(0.25, 25).ToArray(), nn.functional.interpolate(full([1, 1, 3, 3], 0.25), 5, 5, "bicubic"));
        var checker = tensor([1f, 0f, 0f, 1f], [1, 1, 2, 2]);
        Assert.Equal(0.5f, nn.functional.interpolate(checker, 1, 1).item<float>());
        Assert.Equal(0.5f, nn.functional.avg_pool2d(checker, 2).item<float>());
    }
}
