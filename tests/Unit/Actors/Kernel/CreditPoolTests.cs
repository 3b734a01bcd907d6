using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Kernel;

public sealed class CreditPoolTests
{
    [Fact]
    public async Task Credit_is_granted_in_the_order_of_asking_even_when_a_later_one_would_fit()
    {
        var pool = new CreditPool(10);
        await pool.AcquireAsync(8, default);
        var large = pool.AcquireAsync(5, default).AsTask();
        var small = pool.AcquireAsync(1, default).AsTask();
        Assert.False(pool.TryAcquire(1));
        Assert.False(large.IsCompleted || small.IsCompleted);
        pool.Release(8);
        await Task.WhenAll(large, small).WaitAsync(TestProbe.Patience);
        Assert.Equal(6, pool.Used);
    }

    [Fact]
    public async Task Cancelling_the_first_in_line_lets_the_next_through()
    {
        var pool = new CreditPool(10);
        Assert.True(pool.TryAcquire(8));
        using var cancellation = new CancellationTokenSource();
        var large = pool.AcquireAsync(5, cancellation.Token).AsTask();
        var small = pool.AcquireAsync(2, default).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        await small.WaitAsync(TestProbe.Patience);
        Assert.Equal(10, pool.Used);
        Assert.Equal(0, pool.Waiting);
    }

    [Fact]
    public async Task More_than_the_whole_budget_is_granted_alone()
    {
        var pool = new CreditPool(10);
        Assert.True(pool.TryAcquire(1));
        var giant = pool.AcquireAsync(1000, default).AsTask();
        Assert.False(giant.IsCompleted);
        pool.Release(1);
        await giant.WaitAsync(TestProbe.Patience);
        Assert.False(pool.TryAcquire(1));
        pool.Release(1000);
        Assert.Equal(0, pool.Used);
    }

    [Fact]
    public async Task Closing_fails_those_who_wait_and_those_who_come()
    {
        var pool = new CreditPool(1);
        Assert.True(pool.TryAcquire(1));
        var waiting = pool.AcquireAsync(1, default).AsTask();
        pool.Close(new ActorStoppedException("x"));
        await Assert.ThrowsAsync<ActorStoppedException>(() => waiting);
        await Assert.ThrowsAsync<ActorStoppedException>(async () => await pool.AcquireAsync(1, default));
        pool.Release(1);
        Assert.False(pool.TryAcquire(1));
    }

    [Fact]
    public void Releasing_too_much_is_an_error()
        => Assert.Throws<InvalidOperationException>(() => new CreditPool(5).Release(1));

    [Fact]
    public async Task Under_a_storm_of_callers_the_budget_is_never_exceeded_and_comes_back_whole()
    {
        var pool = new CreditPool(20);
        var used = 0;
        var exceeded = 0;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 2000; i++)
            {
                var amount = random.Next(1, 15);
                using var cancellation = new CancellationTokenSource();
                var acquisition = pool.AcquireAsync(amount, cancellation.Token);
                if (random.Next(4) == 0)
                    await cancellation.CancelAsync();
                try
                {
                    await acquisition;
                }
                catch (OperationCanceledException)
                {
                    continue;
                }

                if (Interlocked.Add(ref used, amount) > 20)
                    Interlocked.Increment(ref exceeded);
                await Task.Yield();
                Interlocked.Add(ref used, -amount);
                pool.Release(amount);
            }
        }))).WaitAsync(TestProbe.Patience);
        Assert.Equal(0, exceeded);
        Assert.Equal(0, pool.Used);
        Assert.Equal(0, pool.Waiting);
    }
}
