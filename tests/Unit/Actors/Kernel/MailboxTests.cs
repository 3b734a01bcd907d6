using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Kernel;

public sealed class MailboxTests : IAsyncLifetime
{
    private readonly ActorSystem system = new("test");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await system.DisposeAsync();

    [Fact]
    public async Task Messages_of_a_sender_arrive_in_order()
    {
        var probe = new TestProbe<int>();
        var actor = system.Spawn(LambdaActor.Props<int>((_, n) => probe.Tell(n)), "a");
        for (var i = 0; i < 5000; i++)
            await actor.TellAsync(i);
        await probe.ExpectAsync([.. Enumerable.Range(0, 5000)]);
    }

    [Fact]
    public async Task A_full_mailbox_refuses_a_try_and_holds_back_an_async_tell_until_there_is_room()
    {
        var gate = new Gate();
        var probe = new TestProbe<int>();
        var actor = system.Spawn(Held(gate, probe, new() { Capacity = 2 }), "a");
        Assert.True(actor.TryTell(0));
        await gate.Entered;
        Assert.True(actor.TryTell(1));
        Assert.True(actor.TryTell(2));

        Assert.False(actor.TryTell(3));
        var waiting = actor.TellAsync(3).AsTask();
        Assert.False(waiting.IsCompleted);

        gate.Open();
        await waiting.WaitAsync(TestProbe.Patience);
        await probe.ExpectAsync(0, 1, 2, 3);
    }

    [Fact]
    public async Task A_cancelled_tell_leaves_nothing_behind()
    {
        var gate = new Gate();
        var probe = new TestProbe<int>();
        var actor = system.Spawn(Held(gate, probe, new() { Capacity = 1 }), "a");
        actor.TryTell(0);
        await gate.Entered;
        actor.TryTell(1);
        using var cancellation = new CancellationTokenSource();
        var waiting = actor.TellAsync(2, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        gate.Open();
        await actor.TellAsync(3);
        await probe.ExpectAsync(0, 1, 3);
    }

    [Fact]
    public async Task Refuse_throws_when_full_and_takes_again_when_not()
    {
        var gate = new Gate();
        var probe = new TestProbe<int>();
        var actor = system.Spawn(Held(gate, probe, new() { Capacity = 1, Overflow = OverflowPolicy.Refuse }), "a");
        actor.TryTell(0);
        await gate.Entered;
        await actor.TellAsync(1);

        var refused = await Assert.ThrowsAsync<MailboxFullException>(async () => await actor.TellAsync(2));
        Assert.Equal("test/a", refused.ActorPath);

        gate.Open();
        await probe.ExpectAsync(0, 1);
        await actor.TellAsync(3);
        await probe.ExpectAsync(3);
    }

    [Fact]
    public async Task DropOldest_keeps_the_newest_and_shows_what_it_dropped()
    {
        var gate = new Gate();
        var probe = new TestProbe<int>();
        var dropped = new TestProbe<int>();
        var props = Held(gate, probe, new() { Capacity = 2, Overflow = OverflowPolicy.DropOldest }) with { Undelivered = dropped.Tell };
        var actor = system.Spawn(props, "a");
        actor.TryTell(0);
        await gate.Entered;
        for (var i = 1; i <= 4; i++)
            Assert.True(actor.TryTell(i));

        await dropped.ExpectAsync(1, 2);
        Assert.Equal(2, system.DeadLetters);
        gate.Open();
        await probe.ExpectAsync(0, 3, 4);
    }

    [Fact]
    public async Task Lanes_are_served_strictly_high_normal_low()
    {
        var gate = new Gate();
        var probe = new TestProbe<int>();
        var actor = system.Spawn(
            Held(gate, probe, new() { Lane = n => n >= 200 ? MailboxLane.High : n >= 100 ? MailboxLane.Normal : MailboxLane.Low }),
            "a");
        actor.TryTell(100);
        await gate.Entered;
        foreach (var n in new[] { 1, 101, 201, 2, 102, 202 })
            Assert.True(actor.TryTell(n));
        gate.Open();
        await probe.ExpectAsync(100, 201, 202, 101, 102, 1, 2);
    }

    [Fact]
    public async Task A_full_normal_lane_does_not_hold_back_a_control_message()
    {
        var gate = new Gate();
        var probe = new TestProbe<int>();
        var actor = system.Spawn(Held(gate, probe, new() { Capacity = 1, Lane = n => n < 0 ? MailboxLane.High : MailboxLane.Normal }), "a");
        actor.TryTell(0);
        await gate.Entered;
        actor.TryTell(1);
        Assert.False(actor.TryTell(2));
        Assert.True(actor.TryTell(-1));
        gate.Open();
        await probe.ExpectAsync(0, -1, 1);
    }

    [Fact]
    public async Task A_weighed_mailbox_is_bounded_by_weight_and_takes_a_giant_alone()
    {
        var gate = new Gate();
        var probe = new TestProbe<int>();
        var actor = system.Spawn(Held(gate, probe, new() { Weigh = n => n, MaxWeight = 10 }), "a");
        actor.TryTell(1);
        await gate.Entered;
        Assert.True(actor.TryTell(6));
        Assert.True(actor.TryTell(4));
        Assert.False(actor.TryTell(2));
        var giant = actor.TellAsync(1000).AsTask();
        Assert.False(giant.IsCompleted);

        gate.Open();
        await giant.WaitAsync(TestProbe.Patience);
        await probe.ExpectAsync(1, 6, 4, 1000);
        await actor.TellAsync(9);
        await probe.ExpectAsync(9);
    }

    [Fact]
    public void A_weight_that_dropping_can_not_bound_is_refused_with_the_fix()
    {
        var props = LambdaActor.Props<int>((_, _) => { }) with { Mailbox = new() { Weigh = n => n, Overflow = OverflowPolicy.DropOldest } };
        Assert.Contains("Wait or Refuse", Assert.Throws<ArgumentException>(() => system.Spawn(props, "a")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Telling_allocates_nothing_besides_the_message()
    {
        var gate = new Gate();
        var actor = system.Spawn(
            LambdaActor.AsyncProps<int>(async (_, n, _) =>
            {
                if (n < 0)
                    await gate.PassAsync();
            }) with
            { Mailbox = new() { Capacity = 1000 } },
            "a");
        // A mailbox grows to its size once: here, while nobody takes anything out of it.
        actor.TryTell(-1);
        Tell(1001);
        gate.Open();
        Tell(200_000);
        // To wake the actor may make the thread pool's own queue grow, now and then; what telling itself allocated would be there every time.
        Assert.Contains(0, Enumerable.Range(0, 10).Select(_ => Allocated(10_000)));

        long Allocated(int count)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Tell(count);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        void Tell(int count)
        {
            for (var i = 0; i < count; i++)
                actor.TryTell(i);
        }
    }

    /// <summary>Stops at the gate with its first message in hand.</summary>
    private static Props<int> Held(Gate gate, TestProbe<int> probe, MailboxOptions<int> mailbox)
        => LambdaActor.AsyncProps<int>(async (_, n, _) =>
        {
            await gate.PassAsync();
            probe.Tell(n);
        }) with
        { Mailbox = mailbox };
}
