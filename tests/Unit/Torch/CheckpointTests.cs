using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Torch;

[Collection(TorchMemoryCollection.Name)]
public sealed class CheckpointTests
{
    [Fact]
    public void The_result_and_all_gradients_are_those_of_the_function_itself()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var weight = randn(8, 8).requires_grad_();
        var (x, y, offset) = (randn(5, 8).requires_grad_(), randn(5, 8).requires_grad_(), randn(5, 8));
        Tensor Function(IReadOnlyList<Tensor> inputs) => (nn.functional.linear(inputs[0], weight).tanh() * inputs[1] + inputs[2]).sin();

        var plain = Function([x, y, offset]);
        plain.square().sum().backward();
        Tensor[] leaves = [x, y, weight];
        var expected = leaves.Select(static leaf => leaf.grad!.clone()).ToList();
        foreach (var leaf in leaves)
            leaf.grad = null;

        var calls = 0;
        var kept = nn.utils.checkpoint(
            inputs =>
            {
                calls++;
                return Function(inputs);
            },
            x, y, offset);
        Assert.True(kept.equal(plain));
        kept.square().sum().backward();
        Assert.Equal(2, calls);
        Assert.All(leaves.Zip(expected), static pair => Assert.True(pair.First.grad!.allclose(pair.Second, 1e-6, 1e-6)));
        Assert.Null(offset.grad);
    }

    [Fact]
    public void What_only_the_function_holds_learns_too()
    {
        using var scope = NewDisposeScope();
        var weight = randn(4, 4).requires_grad_();
        nn.utils.checkpoint(x => x.mm(weight), ones(2, 4)).sum().backward();
        Assert.True(weight.grad!.allclose(full([4, 4], 2)));
    }

    [Fact]
    public void Nothing_is_recorded_without_gradients()
    {
        using var scope = NewDisposeScope();
        var weight = randn(4, 4).requires_grad_();
        using var mode = no_grad();
        Assert.False(nn.utils.checkpoint(x => x.mm(weight), ones(2, 4)).requires_grad);
    }

    [Fact]
    public void Dropout_drops_the_same_again()
    {
        using var scope = NewDisposeScope();
        var x = ones([1000]).requires_grad_();
        var y = nn.utils.checkpoint(static input => nn.functional.dropout(input, 0.3), x);
        nn.functional.dropout(x, 0.5).sum().item<float>();
        y.sum().backward();
        Assert.True(x.grad!.equal(y.detach()));
        Assert.InRange(y.gt(0).to(int64).sum().ToInt64(), 600, 800);
    }

    [Fact]
    public void The_precision_is_that_of_the_forward_pass()
    {
        using var scope = NewDisposeScope();
        var modes = new List<bool>();
        var x = randn(4, 4).requires_grad_();
        Tensor y;
        using (autocast())
        {
            y = nn.utils.checkpoint(
                input =>
                {
                    modes.Add(is_autocast_enabled());
                    return input * 2;
                },
                x);
        }

        y.sum().backward();
        Assert.Equal([true, true], modes);
        Assert.False(is_autocast_enabled());
    }

    [Fact]
    public void The_default_device_is_that_of_the_forward_pass()
    {
        using var scope = NewDisposeScope();
        var devices = new List<Device>();
        var x = randn(4, 4).requires_grad_();
        Tensor y;
        try
        {
            // Nothing is made on it, so that it needn't be there.
            set_default_device(CUDA);
            y = nn.utils.checkpoint(
                input =>
                {
                    devices.Add(get_default_device());
                    return input * 2;
                },
                x);
        }
        finally
        {
            set_default_device(null);
        }

        y.sum().backward();
        Assert.Equal([CUDA, CUDA], devices);
        Assert.Equal(CPU, get_default_device());
    }

    [Fact]
    public void A_failure_reaches_the_caller_of_either_pass()
    {
        using var scope = NewDisposeScope();
        var fails = true;
        Tensor Function(Tensor x) => fails ? throw new InvalidOperationException("no luck") : x * 2;
        var x = ones([3]).requires_grad_();
        Assert.Equal("no luck", Assert.Throws<InvalidOperationException>(() => nn.utils.checkpoint(Function, x)).Message);
        fails = false;
        var y = nn.utils.checkpoint(Function, x);
        fails = true;
        Assert.Contains("InvalidOperationException: no luck", Assert.Throws<TorchException>(() => y.sum().backward()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_stays_behind_whether_the_backward_pass_runs_fails_or_never_comes()
    {
        TorchMemoryCollection.Settle();
        var before = memory.live_handles;
        var held = new List<WeakReference>();
        for (var i = 0; i < 20; i++)
            Use(i % 4, held);
        Assert.Equal(before, memory.live_handles);
        TorchMemoryCollection.Settle();
        Assert.All(held, static reference => Assert.False(reference.IsAlive));
    }

    [Fact]
    public void Threads_do_not_disturb_each_other()
    {
        using var scope = NewDisposeScope();
        var weight = randn(16, 16).requires_grad_();
        Tensor Loss() => nn.utils.checkpoint(x => nn.functional.dropout(x.mm(weight).tanh(), 0.2), ones(64, 16)).sum();
        var failures = new List<string>();
        var threads = Enumerable.Range(0, 4).Select(t => new Thread(() =>
        {
            using var own = NewDisposeScope();
            for (var i = 0; i < 20; i++)
            {
                using var step = NewDisposeScope();
                var x = ones(64, 16).requires_grad_();
                var y = nn.utils.checkpoint(static input => nn.functional.dropout(input, 0.5), x);
                y.sum().backward();
                if (!x.grad!.equal(y.detach()))
                {
                    lock (failures)
                        failures.Add($"thread {t}, step {i}");
                }
            }
        })).ToList();
        threads.ForEach(static t => t.Start());
        Loss().backward();
        threads.ForEach(static t => t.Join());
        Assert.Empty(failures);
        Assert.NotNull(weight.grad);
    }

    private static void Use(int way, List<WeakReference> held)
    {
        using var scope = NewDisposeScope();
        var payload = new object();
        held.Add(new WeakReference(payload));
        var calls = 0;
        var x = ones([3]).requires_grad_();
        var y = nn.utils.checkpoint(
            input => payload is not null && ++calls == 2 && way == 1 ? throw new InvalidOperationException() : (input * 2).exp(),
            x);
        switch (way)
        {
            case 0:
                break;
            case 1:
                Assert.Throws<TorchException>(() => y.sum().backward());
                break;
            case 2:
                y.sum().backward();
                break;
            default:
                Assert.Throws<InvalidOperationException>(() => nn.utils.checkpoint(static (Tensor _) => throw new InvalidOperationException(), x));
                break;
        }
    }
}
