using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Torch;

public sealed class GradModeTests
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
