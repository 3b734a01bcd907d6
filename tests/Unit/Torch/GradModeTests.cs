using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Torch;

public sealed class GradModeTests : OnTestDevice
{
    [Fact]
    public void Nothing_is_recorded_without_gradients()
    {
        using var scope = NewDisposeScope();
        var x = ones([2], requires_grad: true);
        using (no_grad())
        {
            Assert.False((x * 2).requires_grad);
            using (enable_grad())
                Assert.True((x * 2).requires_grad);
            Assert.False(is_grad_enabled());
        }
        Assert.True((x * 2).requires_grad);
        Assert.False((x * 2).is_leaf);
        Assert.False((x * 2).detach().requires_grad);
    }

    [Fact]
    public void Tensors_of_inference_mode_stay_out_of_graphs()
    {
        using var scope = NewDisposeScope();
        var weight = ones([2], requires_grad: true);
        Tensor made;
        using (inference_mode())
        {
            made = weight * 2;
            Assert.False(is_grad_enabled());
        }
        Assert.True(is_grad_enabled());
        Assert.False(made.requires_grad);
        Assert.Throws<TorchException>(() => made * weight);
    }

    [Fact]
    public void The_projects_own_operations_work_in_every_mode_and_agree()
    {
        using var scope = NewDisposeScope();
        var qkv = new Numbers(3).Float(9, 4, 16);
        var recorded = Run(qkv.clone().requires_grad_());
        Assert.True(recorded.requires_grad);
        using (inference_mode())
            Assert.True(Run(qkv).equal(recorded));
        using (no_grad())
            Assert.True(Run(qkv).equal(recorded));

        static Tensor Run(Tensor x)
        {
            var turned = nn.functional.rotary_embedding(x, full([9, 8], 0.8), full([9, 8], 0.6), 3);
            var y = nn.functional.packed_attention(turned, 2, 1, [4, 5], is_causal: true);
            var heads = y.transpose(0, 1).unsqueeze(0);
            y = nn.functional.scaled_dot_product_attention(heads, heads, heads);
            return nn.functional.swiglu(nn.functional.rms_norm(y));
        }
    }

    [Fact]
    public void A_mode_is_left_on_the_thread_that_entered_it()
    {
        using var mode = no_grad();
        Exception? elsewhere = null;
        var thread = new Thread(() => elsewhere = Record.Exception(mode.Dispose));
        thread.Start();
        thread.Join();
        Assert.IsType<InvalidOperationException>(elsewhere);
        Assert.False(is_grad_enabled());
    }
}
