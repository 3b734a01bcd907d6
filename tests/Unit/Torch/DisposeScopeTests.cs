using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Torch;

public sealed class DisposeScopeTests
{
    [Fact]
    public void A_scope_disposes_what_was_made_inside_it()
    {
        using var before = zeros(1);
        Tensor inside;
        Tensor derived;
        using (NewDisposeScope())
        {
            inside = zeros(1);
            derived = inside + before;
        }
        Assert.True(inside.IsInvalid);
        Assert.True(derived.IsInvalid);
        Assert.False(before.IsInvalid);
    }

    [Fact]
    public void A_tensor_moves_out_one_scope_at_a_time()
    {
        Tensor moved;
        using (var outer = NewDisposeScope())
        {
            using (NewDisposeScope())
            {
                using (NewDisposeScope())
                    moved = zeros(1).MoveToOuterDisposeScope();
                Assert.False(moved.IsInvalid);
                moved.MoveToOuterDisposeScope();
            }
            Assert.False(moved.IsInvalid);
            Assert.Equal(1, outer.DisposablesCount);
        }
        Assert.True(moved.IsInvalid);
    }

    [Fact]
    public void Detached_and_moved_out_of_the_last_scope_a_tensor_is_the_callers()
    {
        Tensor detached;
        Tensor moved;
        using (NewDisposeScope())
        {
            using (NewDisposeScope())
                detached = zeros(1).DetachFromDisposeScope();
            moved = ones(1).MoveToOuterDisposeScope();
        }
        Assert.Equal(0, detached.item<float>());
        Assert.Equal(1, moved.item<float>());
        detached.Dispose();
        moved.Dispose();
    }

    [Fact]
    public void A_tensor_disposed_early_is_left_alone()
    {
        using var scope = NewDisposeScope();
        zeros(1).Dispose();
        using (ones(1))
            Assert.Equal(1, scope.DisposablesCount);
        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void A_long_scope_forgets_what_was_disposed_early()
    {
        using var scope = NewDisposeScope();
        var kept = zeros(1);
        for (var i = 0; i < 1000; i++)
            zeros(1).Dispose();
        Assert.InRange(scope.Held, 1, 64);
        Assert.Equal(1, scope.DisposablesCount);
        Assert.False(kept.IsInvalid);
    }

    [Fact]
    public void An_attached_tensor_changes_its_owner()
    {
        var x = zeros(1);
        using (NewDisposeScope())
        {
            var y = ones(1);
            using (var inner = NewDisposeScope())
            {
                inner.Attach(x);
                inner.Attach(y);
            }
            Assert.True(y.IsInvalid);
        }
        Assert.True(x.IsInvalid);
    }

    [Fact]
    public void An_exception_on_the_way_out_disposes_too()
    {
        Tensor? inside = null;
        Assert.Throws<TorchException>(() =>
        {
            using var scope = NewDisposeScope();
            inside = zeros(2);
            inside.view(3);
        });
        Assert.True(inside!.IsInvalid);
    }

    [Fact]
    public void Parameters_belong_to_their_module()
    {
        UnifiedVlm.Torch.Modules.Linear layer;
        using (NewDisposeScope())
            layer = nn.Linear(2, 2);
        Assert.False(layer.weight.IsInvalid);
        layer.Dispose();
        Assert.True(layer.weight.IsInvalid);
        Assert.True(layer.bias!.IsInvalid);
    }

    [Fact]
    public void Scopes_end_innermost_first_and_on_their_own_thread()
    {
        using var outer = NewDisposeScope();
        using (NewDisposeScope())
            Assert.Contains("inside it", Assert.Throws<InvalidOperationException>(outer.Dispose).Message, StringComparison.Ordinal);
        Exception? elsewhere = null;
        var thread = new Thread(() => elsewhere = Record.Exception(outer.Dispose));
        thread.Start();
        thread.Join();
        Assert.IsType<InvalidOperationException>(elsewhere);
    }

    [Fact]
    public void Scopes_and_gradient_modes_are_of_one_thread()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        Tensor? theirs = null;
        var theirMode = false;
        var thread = new Thread(() =>
        {
            theirMode = is_grad_enabled();
            theirs = zeros(1);
        });
        thread.Start();
        thread.Join();
        Assert.True(theirMode);
        Assert.False(is_grad_enabled());
        Assert.Equal(0, scope.DisposablesCount);
        theirs!.Dispose();
    }
}
