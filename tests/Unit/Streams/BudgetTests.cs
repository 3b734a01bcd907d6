using UnifiedVlm.Streams.Budgets;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Streams;

public sealed class BudgetTests
{
    [Fact]
    public async Task Who_does_not_fit_waits_in_line()
    {
        var budget = new Budget("bytes", 10);
        await budget.AcquireAsync(8, CancellationToken.None);
        var first = budget.AcquireAsync(5, CancellationToken.None).AsTask();
        var second = budget.AcquireAsync(1, CancellationToken.None).AsTask();
        Assert.Equal((8, 2), (budget.InUse, budget.Waiting));
        Assert.False(budget.TryAcquire(1), "whoever asks now comes later still");
        budget.Release(8);
        await Task.WhenAll(first, second).WaitAsync(Waiting.Limit);
        Assert.Equal(6, budget.InUse);
    }

    [Fact]
    public async Task An_item_larger_than_the_budget_passes_alone()
    {
        var budget = new Budget("bytes", 10);
        Assert.True(budget.TryAcquire(25));
        Assert.False(budget.TryAcquire(1));
        var next = budget.AcquireAsync(30, CancellationToken.None).AsTask();
        Assert.False(next.IsCompleted);
        budget.Release(25);
        await next.WaitAsync(Waiting.Limit);
        Assert.Equal(30, budget.InUse);
        Assert.Equal(30, budget.Peak);
    }

    [Fact]
    public async Task A_cancelled_waiter_has_taken_nothing_and_lets_the_next_one_in()
    {
        var budget = new Budget("bytes", 10);
        Assert.True(budget.TryAcquire(6));
        using var cancellation = new CancellationTokenSource();
        var large = budget.AcquireAsync(9, cancellation.Token).AsTask();
        var small = budget.AcquireAsync(4, CancellationToken.None).AsTask();
        Assert.Equal(2, budget.Waiting);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        await small.WaitAsync(Waiting.Limit);
        Assert.Equal(10, budget.InUse);
        Assert.Equal(0, budget.Waiting);
    }

    [Fact]
    public async Task Once_full_it_opens_again_at_the_resume_mark()
    {
        var budget = new Budget("records", 10, resumeAt: 0.5);
        for (var i = 0; i < 10; i++)
            Assert.True(budget.TryAcquire(1));
        var waiting = budget.AcquireAsync(1, CancellationToken.None).AsTask();
        for (var i = 0; i < 4; i++)
            budget.Release(1);
        // The credits tell, not the task: its continuation may run later than the grant.
        Assert.Equal((6, 1), (budget.InUse, budget.Waiting));
        budget.Release(1);
        await waiting.WaitAsync(Waiting.Limit);
        for (var i = 0; i < 4; i++)
            Assert.True(budget.TryAcquire(1), "open, it fills up without another wait");
        Assert.Equal(10, budget.InUse);
    }

    [Fact]
    public async Task Everyone_is_told_when_it_is_empty()
    {
        var budget = new Budget("records", 2);
        Assert.True(budget.WhenEmptyAsync(CancellationToken.None).IsCompletedSuccessfully);
        budget.Charge(2);
        var empty = budget.WhenEmptyAsync(CancellationToken.None);
        budget.Release(1);
        Assert.False(empty.IsCompleted);
        budget.Release(1);
        await empty.WaitAsync(Waiting.Limit);
    }

    [Fact]
    public void Releasing_what_was_not_taken_is_a_bug_that_shows()
    {
        var budget = new Budget("bytes", 10);
        budget.Charge(3);
        Assert.Throws<InvalidOperationException>(() => budget.Release(4));
    }

    [Fact]
    public async Task Under_contention_the_capacity_holds_and_everything_comes_back()
    {
        var budget = new Budget("bytes", 100, 0.75);
        var worst = 0L;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 2000; i++)
            {
                var amount = random.Next(1, 60);
                using var cancellation = new CancellationTokenSource();
                var acquiring = budget.AcquireAsync(amount, cancellation.Token).AsTask();
                if (random.Next(4) == 0)
                    await cancellation.CancelAsync();
                try
                {
                    await acquiring;
                }
                catch (OperationCanceledException)
                {
                    continue;
                }

                InterlockedMax(ref worst, budget.InUse);
                await Task.Yield();
                budget.Release(amount);
            }
        }))).WaitAsync(Waiting.Limit);
        Assert.InRange(worst, 1, 100);
        Assert.Equal(0, budget.InUse);
        Assert.Equal(0, budget.Waiting);
    }

    private static void InterlockedMax(ref long target, long value)
    {
        for (var seen = Interlocked.Read(ref target); value > seen; seen = Interlocked.Read(ref target))
        {
            if (Interlocked.CompareExchange(ref target, value, seen) == seen)
                return;
        }
    }
}
