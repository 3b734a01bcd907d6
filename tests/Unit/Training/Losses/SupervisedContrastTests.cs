using UnifiedVlm.Tests.Unit.Torch;
using UnifiedVlm.Torch;
using UnifiedVlm.Training.Losses;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Training.Losses;

public sealed class SupervisedContrastTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly Numbers numbers = new(3);

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Gradients_are_autograds_of_the_definition()
    {
        int[] meanings = [1, 2, 1, 3, 2, 1, 4, 5];
        const double LogScale = 1.7;
        var vectors = nn.functional.normalize(numbers.Float(meanings.Length, 6));

        var value = SupervisedContrast.Evaluate(vectors, meanings, LogScale);

        var v = vectors.clone().requires_grad_();
        var s = tensor((float)LogScale).requires_grad_();
        var loss = Definition(v, s, meanings);
        loss.backward();
        Assert.Equal(loss.ToDouble(), value.Loss, 1e-5);
        Assert.InRange((v.grad! - value.Gradient).abs().max().ToDouble(), 0, 1e-5);
        Assert.Equal(s.grad!.ToDouble(), value.LogScale, 1e-5);
    }

    [Fact]
    public void Rows_that_sit_with_their_partners_lose_nothing()
    {
        var vectors = tensor([1f, 0, 1f, 0, 0, 1f, 0, 1f], [4, 2]);
        var value = SupervisedContrast.Evaluate(vectors, [7, 7, 9, 9], Math.Log(100));
        Assert.Equal(0, value.Loss, 1e-6);
        Assert.Equal(1, value.Accuracy);

        // Each one's nearest is a stranger.
        Assert.Equal(0, SupervisedContrast.Evaluate(vectors, [7, 9, 7, 9], 1).Accuracy);
    }

    [Fact]
    public void Without_partners_there_is_nothing_to_learn()
    {
        var value = SupervisedContrast.Evaluate(nn.functional.normalize(numbers.Float(3, 4)), [1, 2, 3], 1);
        Assert.Equal((0, 0, 0), (value.Loss, value.LogScale, value.Accuracy));
        Assert.Equal(0, value.Gradient.abs().max().ToDouble());
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        Assert.Throws<ArgumentException>("vectors", () => SupervisedContrast.Evaluate(ones([3, 4]), [1, 1], 1));
    }

    /// <summary>Row by row, as the paper writes it.</summary>
    private static Tensor Definition(Tensor vectors, Tensor logScale, int[] meanings)
    {
        var loss = zeros([]);
        var asking = 0;
        for (var i = 0; i < meanings.Length; i++)
        {
            var others = Enumerable.Range(0, meanings.Length).Where(j => j != i).Select(static j => (long)j).ToArray();
            var partners = others.Where(j => meanings[j] == meanings[i]).ToArray();
            if (partners.Length == 0)
                continue;
            asking++;
            var own = vectors.narrow(0, i, 1);
            var all = (vectors.index_select(0, tensor(others)).matmul(own.t()) * logScale.exp()).logsumexp(0);
            foreach (var partner in partners)
                loss = loss + (all - (vectors.narrow(0, partner, 1) * own).sum() * logScale.exp()).sum() * (1.0 / partners.Length);
        }

        return loss * (1.0 / asking);
    }
}
