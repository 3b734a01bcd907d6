using UnifiedVlm.Streams.Crashes;

namespace UnifiedVlm.Tests.Unit.Streams.Crashes;

public sealed class TrialGateTests
{
    private readonly TrialGate gate = new();

    [Fact]
    public async Task A_trial_waits_until_everybody_has_left_and_keeps_everybody_out()
    {
        Assert.True(gate.TryEnter(alone: false));
        Assert.True(gate.TryEnter(alone: false));
        var trial = gate.EnterAsync(alone: true, CancellationToken.None);
        var late = gate.EnterAsync(alone: false, CancellationToken.None);
        Assert.False(gate.TryEnter(alone: false), "nobody passes a trial that waits");
        gate.Leave();
        Assert.False(trial.IsCompleted);
        gate.Leave();
        await trial;
        Assert.False(late.IsCompleted);
        Assert.False(gate.TryEnter(alone: false));
        Assert.False(gate.TryEnter(alone: true));
        gate.Leave();
        await late;
        Assert.True(gate.TryEnter(alone: false));
    }

    [Fact]
    public async Task Trials_go_one_after_the_other()
    {
        var first = gate.EnterAsync(alone: true, CancellationToken.None);
        var second = gate.EnterAsync(alone: true, CancellationToken.None);
        await first;
        Assert.False(second.IsCompleted);
        gate.Leave();
        await second;
        gate.Leave();
        Assert.True(gate.TryEnter(alone: true));
    }

    [Fact]
    public async Task One_who_gives_up_waiting_holds_nobody_up()
    {
        Assert.True(gate.TryEnter(alone: false));
        using var giveUp = new CancellationTokenSource();
        var trial = gate.EnterAsync(alone: true, giveUp.Token);
        var behind = gate.EnterAsync(alone: false, CancellationToken.None);
        Assert.False(behind.IsCompleted);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => trial);
        await behind;
        gate.Leave();
        gate.Leave();
        Assert.True(gate.TryEnter(alone: true));
    }

    [Fact]
    public async Task Under_load_a_trial_is_always_alone_and_nobody_is_left_waiting()
    {
        var inside = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 500; i++)
            {
                var alone = random.Next(5) == 0;
                if (!gate.TryEnter(alone))
                    await gate.EnterAsync(alone, CancellationToken.None);
                var present = Interlocked.Increment(ref inside);
                Assert.True(!alone || present == 1, $"{present} inside during a trial");
                await Task.Yield();
                Assert.True(!alone || Volatile.Read(ref inside) == 1);
                Interlocked.Decrement(ref inside);
                gate.Leave();
            }
        })));
        Assert.True(gate.TryEnter(alone: true));
    }
}
