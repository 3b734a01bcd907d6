using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Torch;

public sealed class SmokeTests
{
    [Fact]
    public void Everything_once()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var layer = nn.Linear(4, 3);
        var x = randn(2, 4);
        var y = nn.functional.rms_norm(layer.forward(x).tanh(), ones([3]));
        var loss = nn.functional.cross_entropy(y, tensor([0L, 2L]));
        loss.backward();
        using var adam = optim.AdamW(layer.parameters(), lr: 1e-2);
        var before = loss.item<float>();
        adam.step();
        nn.utils.clip_grad_norm_(layer.parameters(), 0.1);
        var after = nn.functional.cross_entropy(nn.functional.rms_norm(layer.forward(x).tanh(), ones([3])), tensor([0L, 2L])).item<float>();
        Assert.True(after < before);
        var q = randn([2, 4, 5, 8]);
        var k = randn([2, 2, 5, 8]);
        var o = nn.functional.scaled_dot_product_attention(q, k, k, is_causal: true);
        Assert.Equal([2, 4, 5, 8], o.shape);
        Assert.Equal(q[0, 1, 2, 3].item<float>(), q.select(0, 0)[1, 2..3, ^5].item<float>());
        var e = Assert.Throws<TorchException>(() => x.mm(x));
        Assert.Equal("mat1 and mat2 shapes cannot be multiplied (2x4 and 2x4)", e.Message);
        Assert.Equal([2, 2, 2], (arange(8) * 2).view(2, 2, 2).shape);
    }
}
