using System.Globalization;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Torch;

[Collection(TorchMemoryCollection.Name)]
public sealed class TrainingTests : OnTestDevice
{
    [Fact]
    public void Five_hundred_steps_learn_and_leave_memory_flat()
    {
        manual_seed(3);
        using var model = new TinyTransformer();
        using var adam = optim.AdamW(model.parameters(), lr: 3e-3);
        var losses = new List<float>();
        for (var i = 0; i < 50; i++)
            losses.Add(Step(model, adam));
        TorchMemoryCollection.Settle();
        var (handles, resident) = (memory.live_handles, ResidentBytes());

        for (var i = 0; i < 450; i++)
            losses.Add(Step(model, adam));

        Assert.Equal(handles, memory.live_handles);
        Assert.InRange(ResidentBytes() - resident, long.MinValue, 48L << 20);
        Assert.True(losses[^20..].Average() < 0.3 * losses[..5].Average(), $"the loss went from {losses[0]} to {losses[^1]}");
    }

    [Fact]
    public void Forgotten_tensors_are_freed_by_their_finalisers()
    {
        TorchMemoryCollection.Settle();
        var before = memory.live_handles;
        Forget();
        TorchMemoryCollection.Settle();
        Assert.Equal(before, memory.live_handles);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Forget()
        {
            for (var i = 0; i < 100; i++)
                _ = zeros(10) + 1;
            Assert.True(memory.live_handles > 0);
        }
    }

    [Fact]
    public void A_failed_operation_leaves_no_handle()
    {
        using var x = zeros(2, 3);
        TorchMemoryCollection.Settle();
        var before = memory.live_handles;
        for (var i = 0; i < 10; i++)
        {
            Assert.Throws<TorchException>(() => x.mm(x));
            Assert.Throws<TorchException>(() => x.topk(9));
            Assert.Throws<TorchException>(() => x.split([9]));
        }
        Assert.Equal(before, memory.live_handles);
    }

    [Fact]
    public void The_same_seed_gives_the_same_numbers()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var first = randn(4, 4);
        var second = randn(4, 4);
        manual_seed(5);
        Assert.True(randn(4, 4).equal(first));
        Assert.False(first.equal(second));
    }

    [Fact]
    public void Drawing_follows_the_weights()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var drawn = tensor([0f, 1f, 3f]).multinomial(4000, replacement: true).data<long>();
        Assert.DoesNotContain(0L, drawn);
        Assert.InRange(drawn.Count(static d => d == 2), 2850, 3150);
    }

    [Fact]
    public void Dropout_zeroes_its_share_and_scales_the_rest()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var dropped = nn.functional.dropout(ones([10_000]), 0.2).data<float>();
        Assert.All(dropped, static v => Assert.True(v is 0 or 1.25f));
        Assert.InRange(dropped.Count(static v => v == 0), 1800, 2200);
        Assert.All(nn.functional.dropout(ones(100), 0.2, training: false).data<float>(), static v => Assert.Equal(1, v));
    }

    [Fact]
    public void The_number_of_threads_is_of_the_thread_that_sets_it()
    {
        // Two new threads: one that has used libtorch before would hide what happens at a thread's first use.
        using var oneIsSet = new ManualResetEventSlim();
        using var twoIsSet = new ManualResetEventSlim();
        var (ones, twos) = (0, 0);
        var first = new Thread(() =>
        {
            set_num_threads(1);
            oneIsSet.Set();
            twoIsSet.Wait();
            ones = get_num_threads();
        });
        var second = new Thread(() =>
        {
            oneIsSet.Wait();
            set_num_threads(2);
            twos = get_num_threads();
            twoIsSet.Set();
        });
        first.Start();
        second.Start();
        first.Join();
        second.Join();
        Assert.Equal(2, twos);
        Assert.Equal(1, ones);
        Assert.Throws<TorchException>(() => set_num_threads(0));
    }

    [Fact]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        using var scope = NewDisposeScope();
        var numbers = new Numbers(8);
        var q = numbers.Float(3, 4, 130, 32);
        var k = numbers.Float(3, 2, 130, 32);
        var x = numbers.Float(300, 64);
        var one = Run(1);
        Assert.True(Run(2).allclose(one, 1e-5, 1e-6));
        Assert.True(Run(5).allclose(one, 1e-5, 1e-6));

        Tensor Run(int threads)
        {
            set_num_threads(threads);
            var (a, b, c) = (q.clone().requires_grad_(), k.clone().requires_grad_(), x.clone().requires_grad_());
            var gain = ones([64], requires_grad: true);
            nn.functional.scaled_dot_product_attention(a, b, b, is_causal: true).square().sum().backward();
            nn.functional.swiglu(nn.functional.rms_norm(c, gain)).square().sum().backward();
            set_num_threads(1);
            return cat([a.grad!.flatten(), b.grad!.flatten(), c.grad!.flatten(), gain.grad!]);
        }
    }

    [Fact]
    public void The_memory_allocator_takes_its_settings()
    {
        memory.tune();
        memory.trim();
        using var x = ones(1 << 20);
        Assert.Equal(1 << 20, x.sum().item<float>());
    }

    private static float Step(TinyTransformer model, UnifiedVlm.Torch.Modules.AdamW adam)
    {
        using var scope = NewDisposeScope();
        // The next number is always 5 more: learnable from the last token alone.
        var ids = (randint(TinyTransformer.Vocabulary, [4, 1]) + arange(13).unsqueeze(0) * 5).remainder(TinyTransformer.Vocabulary);
        var logits = model.forward(ids[.., ..12]);
        var loss = nn.functional.cross_entropy(logits.flatten(0, 1), ids[.., 1..].flatten());
        adam.zero_grad();
        loss.backward();
        nn.utils.clip_grad_norm_(model.parameters(), 1);
        adam.step();
        return loss.item<float>();
    }

    private static long ResidentBytes() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
}
