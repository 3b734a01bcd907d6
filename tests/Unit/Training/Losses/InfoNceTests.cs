using UnifiedVlm.Tests.Unit.Torch;
using UnifiedVlm.Torch;
using UnifiedVlm.Training.Losses;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Training.Losses;

public sealed class InfoNceTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly Numbers numbers = new(7);

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(false, 0, 0)]
    [InlineData(true, 0, 0)]
    [InlineData(false, 5, 0)]
    [InlineData(false, 0, 3)]
    [InlineData(true, 4, 6)]
    public void Gradients_are_autograds(bool mask, int extraLeft, int extraRight)
    {
        var (left, right) = (Units(12, 16), Units(12, 16));
        var equal = mask ? Mask(12, (0, 3), (3, 0), (5, 5), (7, 2)) : null;
        var (moreLeft, moreRight) = (extraLeft > 0 ? Units(extraLeft, 16) : null, extraRight > 0 ? Units(extraRight, 16) : null);
        const double LogScale = 2.2;

        var value = InfoNce.Evaluate(left, right, LogScale, new InfoNceNegatives { Equal = equal, ExtraLeft = moreLeft, ExtraRight = moreRight });

        var (l, r, s) = (Leaf(left), Leaf(right), Leaf(tensor((float)LogScale)));
        var (el, er) = (moreLeft is null ? null : Leaf(moreLeft), moreRight is null ? null : Leaf(moreRight));
        var loss = Reference(l, r, s, equal, el, er);
        loss.backward();
        Assert.Equal(loss.ToDouble(), value.Loss, 1e-5);
        AssertClose(l.grad!, value.Left);
        AssertClose(r.grad!, value.Right);
        Assert.Equal(s.grad!.ToDouble(), value.LogScale, 1e-5);
        if (el is not null)
            AssertClose(el.grad!, value.ExtraLeft!);
        if (er is not null)
            AssertClose(er.grad!, value.ExtraRight!);
    }

    [Fact]
    public void Gradients_match_finite_differences()
    {
        var (left, right) = (Units(6, 5).@double(), Units(6, 5).@double());
        const double LogScale = 1.5, Step = 1e-5;
        var value = InfoNce.Evaluate(left, right, LogScale);
        for (var k = 0; k < 30; k += 7)
        {
            Assert.Equal(Difference(delta => InfoNce.Evaluate(Shifted(left, k, delta), right, LogScale).Loss), value.Left.data<double>()[k], 1e-6);
            Assert.Equal(Difference(delta => InfoNce.Evaluate(left, Shifted(right, k, delta), LogScale).Loss), value.Right.data<double>()[k], 1e-6);
        }

        Assert.Equal(Difference(delta => InfoNce.Evaluate(left, right, LogScale + delta).Loss), value.LogScale, 1e-6);

        static double Difference(Func<double, double> loss) => (loss(Step) - loss(-Step)) / (2 * Step);

        static Tensor Shifted(Tensor rows, int k, double delta)
        {
            var values = rows.data<double>();
            values[k] += delta;
            return tensor(values, rows.shape);
        }
    }

    [Fact]
    public void The_scale_is_bounded_as_in_CLIP_and_can_come_back()
    {
        // Unrelated pairs: a smaller scale is better, so the derivative at the bound points back.
        var (left, right) = (Units(8, 4), Units(8, 4));
        var bound = InfoNce.Evaluate(left, right, Math.Log(InfoNce.MaxScale));
        var beyond = InfoNce.Evaluate(left, right, 50);
        Assert.Equal(bound.Loss, beyond.Loss);
        Assert.Equal(bound.LogScale, beyond.LogScale);
        Assert.True(beyond.LogScale > 0);
        Assert.Equal(Math.Log(100), InfoNce.Clamp(50));
        Assert.Equal(0, InfoNce.Clamp(-3));
        Assert.Equal(1 / 0.07, Math.Exp(InfoNce.InitialLogScale), 1e-9);
    }

    [Fact]
    public void A_false_negative_that_is_masked_does_not_push()
    {
        // Rows 0 and 1 say the same on both sides. Unmasked they repel each other's partner; masked, nothing is wrong with them.
        var left = tensor([1f, 0, 0, 1f, 0, 0, 0, 1f, 0], [3, 3]);
        var unmasked = InfoNce.Evaluate(left, left, Math.Log(100));
        var masked = InfoNce.Evaluate(left, left, Math.Log(100), new InfoNceNegatives { Equal = Mask(3, (0, 1), (1, 0)) });
        Assert.Equal(2 * Math.Log(2) / 3, unmasked.Loss, 1e-5);
        Assert.Equal(0, masked.Loss, 1e-6);
        Assert.InRange(masked.Left.abs().max().ToDouble(), 0, 1e-6);
    }

    [Fact]
    public void Accuracy_counts_both_directions()
    {
        var left = tensor([1f, 0, 0, 1f], [2, 2]);
        Assert.Equal(1, InfoNce.Evaluate(left, left, 1).Accuracy);
        Assert.Equal(0, InfoNce.Evaluate(left, left.flip(0), 1).Accuracy);

        // A nearer extra right vector takes the left rows' choice, not the right rows'.
        var right = nn.functional.normalize(tensor([1f, 0.1f, 0.1f, 1f], [2, 2]));
        Assert.Equal(0.5, InfoNce.Evaluate(left, right, 1, new InfoNceNegatives { ExtraRight = left }).Accuracy);
    }

    [Fact]
    public void Leaves_its_gradients_alone_behind()
    {
        var (left, right, extra) = (Units(4, 3), Units(4, 3), Units(2, 3));
        var before = scope.DisposablesCount;
        InfoNce.Evaluate(left, right, 1, new InfoNceNegatives { ExtraLeft = extra, ExtraRight = extra });
        Assert.Equal(before + 4, scope.DisposablesCount);
    }

    [Fact]
    public void One_pair_alone_has_nothing_to_tell_apart()
    {
        var value = InfoNce.Evaluate(Units(1, 4), Units(1, 4), 2);
        Assert.Equal(0, value.Loss, 1e-7);
        Assert.Equal(0, value.Left.abs().max().ToDouble(), 1e-7);
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        var (left, right) = (Units(3, 4), Units(2, 4));
        Assert.Throws<ArgumentException>("left", () => InfoNce.Evaluate(zeros(0, 4), right, 1));
        Assert.Throws<ArgumentException>("right", () => InfoNce.Evaluate(left, right, 1));
        Assert.Throws<ArgumentException>("negatives", () => InfoNce.Evaluate(left, left, 1, new InfoNceNegatives { ExtraLeft = Units(2, 5) }));
        Assert.Throws<ArgumentException>("negatives", () => InfoNce.Evaluate(left, left, 1, new InfoNceNegatives { Equal = Mask(2) }));
        Assert.Throws<ArgumentException>("negatives", () => InfoNce.Evaluate(left, left, 1, new InfoNceNegatives { Equal = zeros(3, 3) }));
    }

    private static Tensor Reference(Tensor left, Tensor right, Tensor logScale, Tensor? equal, Tensor? extraLeft, Tensor? extraRight)
    {
        var (n, scale) = (left.size(0), logScale.exp());
        var pairs = left.matmul(right.t()) * scale;
        if (equal is not null)
            pairs = pairs.masked_fill(equal.logical_and(eye(n, dtype: ScalarType.Bool).logical_not()), -1e9);
        var rows = extraRight is null ? pairs : cat([pairs, left.matmul(extraRight.t()) * scale], 1);
        var columns = extraLeft is null ? pairs.t() : cat([pairs.t(), right.matmul(extraLeft.t()) * scale], 1);
        var own = arange(n);
        return (nn.functional.cross_entropy(rows, own) + nn.functional.cross_entropy(columns, own)) / 2;
    }

    private Tensor Units(long rows, long width) => nn.functional.normalize(numbers.Float(rows, width));

    private static Tensor Leaf(Tensor values) => values.detach().clone().requires_grad_();

    private static Tensor Mask(int n, params (int Row, int Column)[] set)
    {
        var mask = new bool[n * n];
        foreach (var (row, column) in set)
            mask[row * n + column] = true;
        return tensor(mask, [n, n]);
    }

    private static void AssertClose(Tensor expected, Tensor actual) =>
        Assert.InRange((expected - actual).abs().max().ToDouble(), 0, 1e-6);
}
