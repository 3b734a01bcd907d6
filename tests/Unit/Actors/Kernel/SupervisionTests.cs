using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Kernel;

public sealed class SupervisionTests : IAsyncLifetime
{
    private readonly ManualTimeProvider time = new();
    private readonly TestProbe<string> seen = new();
    private readonly ActorSystem system;

    public SupervisionTests() => system = new ActorSystem("test", time: time);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await system.DisposeAsync();

    [Fact]
    public void The_nearest_base_type_decides()
    {
        var strategy = SupervisorStrategy.Default.On<Exception>(Directive.Stop).On<IOException>(Directive.Resume).On<FileNotFoundException>(Directive.Escalate);
        Assert.Equal(Directive.Escalate, strategy.Decide(new FileNotFoundException()));
        Assert.Equal(Directive.Resume, strategy.Decide(new EndOfStreamException()));
        Assert.Equal(Directive.Stop, strategy.Decide(new InvalidDataException()));
        Assert.Equal(Directive.Restart, SupervisorStrategy.Default.Decide(new InvalidDataException()));
    }

    [Fact]
    public async Task Resume_drops_the_message_and_keeps_the_state()
    {
        var actor = Spawn(new() { Otherwise = Directive.Resume });
        Tell(actor, "one", "fail", "two");
        await seen.ExpectAsync("a start", "one 1", "two 2");
    }

    [Fact]
    public async Task Restart_makes_a_new_instance_and_keeps_the_mailbox()
    {
        var actor = Spawn(new() { MinBackoff = TimeSpan.FromSeconds(1), Jitter = 0 });
        Tell(actor, "one", "fail", "two", "three");
        await seen.ExpectAsync("a start", "one 1", "a restart");
        await time.WhenPendingAsync(1);
        seen.ExpectNone();
        time.Advance(TimeSpan.FromSeconds(1));
        await seen.ExpectAsync("a start", "two 1", "three 2");
        Assert.Equal(1, actor.Cell.Restarts);
        Assert.Equal(1, actor.Cell.Failed);
    }

    [Fact]
    public async Task The_back_off_doubles_to_its_maximum_and_starts_anew_with_the_window()
    {
        var actor = Spawn(new()
        {
            MinBackoff = TimeSpan.FromSeconds(1),
            MaxBackoff = TimeSpan.FromSeconds(5),
            Window = TimeSpan.FromMinutes(10),
            Jitter = 0,
        });
        await seen.ExpectAsync("a start");
        var delays = new List<double>();
        for (var i = 0; i < 5; i++)
            delays.Add(await FailOnceAsync());
        Assert.Equal([1, 2, 4, 5, 5], delays);

        time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(1, await FailOnceAsync());

        async Task<double> FailOnceAsync()
        {
            await actor.TellAsync("fail");
            await seen.ExpectAsync("a restart");
            await time.WhenPendingAsync(1);
            var delay = time.Pending.Single();
            time.Advance(delay);
            await seen.ExpectAsync("a start");
            return delay.TotalSeconds;
        }
    }

    [Theory]
    [InlineData(0.0, 4.0)]
    [InlineData(0.5, 5.0)]
    [InlineData(1.0, 6.0)]
    public void Jitter_adds_a_share_of_the_pause(double random, double seconds)
        => Assert.Equal(seconds, new SupervisorStrategy { MinBackoff = TimeSpan.FromSeconds(1), Jitter = 0.5 }.Backoff(3, random).TotalSeconds, 9);

    [Fact]
    public async Task One_restart_too_many_within_the_window_stops_the_actor()
    {
        var actor = Spawn(new() { MaxRestarts = 2, MinBackoff = TimeSpan.Zero });
        Tell(actor, "fail", "fail", "one", "fail", "never");
        await actor.WhenTerminated.WaitAsync(TestProbe.Patience);
        await seen.ExpectAsync("a start", "a restart", "a start", "a restart", "a start", "one 1", "a stop");
        await seen.ExpectNoneUntilAsync(actor.WhenTerminated);
        Assert.IsType<InvalidDataException>(actor.Cell.Failure);
        Assert.Equal(1, system.DeadLetters);
    }

    [Fact]
    public async Task A_start_that_fails_is_tried_again_after_the_back_off()
    {
        var attempts = 0;
        var props = LambdaActor.Props<string>((_, m) => seen.Tell(m), onStart: _ =>
        {
            if (Interlocked.Increment(ref attempts) < 3)
                throw new IOException("not yet");
        }) with
        { Supervision = new SupervisorStrategy { MinBackoff = TimeSpan.FromSeconds(1), Jitter = 0 }.On<IOException>(Directive.Resume) };
        var actor = system.Spawn(props, "a");
        actor.TryTell("hello");
        await time.WhenPendingAsync(1);
        time.Advance(TimeSpan.FromSeconds(1));
        await time.WhenPendingAsync(1);
        seen.ExpectNone();
        time.Advance(TimeSpan.FromSeconds(2));
        await seen.ExpectAsync("hello");
        Assert.Equal(3, attempts);
    }

    [Fact]
    public async Task Stop_works_during_the_back_off()
    {
        var actor = Spawn(new() { MinBackoff = TimeSpan.FromHours(1), MaxBackoff = TimeSpan.FromHours(1) });
        Tell(actor, "fail", "never");
        await time.WhenPendingAsync(1);
        system.Stop(actor);
        await actor.WhenTerminated.WaitAsync(TestProbe.Patience);
        await seen.ExpectAsync("a start", "a restart");
        Assert.Empty(time.Pending);
        Assert.Equal(1, system.DeadLetters);
    }

    [Theory]
    [InlineData(Directive.Resume, new[] { "again 2" })]
    [InlineData(Directive.Restart, new[] { "child stop", "parent restart", "parent start", "child start", "again 1" })]
    [InlineData(Directive.Stop, new[] { "child stop", "parent stop" })]
    public async Task An_escalated_failure_is_decided_by_the_parent(Directive verdict, string[] expected)
    {
        var child = new TestProbe<ActorRef<string>>();
        var parent = system.Spawn(
            LambdaActor.Props<string>(
                (_, _) => { },
                seen,
                context => child.Tell(context.Spawn(Counting(new SupervisorStrategy { Otherwise = Directive.Escalate }), "child"))) with
            {
                Supervision = new() { Otherwise = verdict, MinBackoff = TimeSpan.Zero },
            },
            "parent");
        var first = await child.ReceiveAsync();
        Tell(first, "one", "fail");
        await seen.ExpectAsync("parent start", "child start", "one 1");
        if (verdict == Directive.Resume)
            await first.TellAsync("again");
        else
            await first.WhenTerminated.WaitAsync(TestProbe.Patience);
        if (verdict == Directive.Restart)
            await (await child.ReceiveAsync()).TellAsync("again");
        await seen.ExpectAsync(expected);
        if (verdict == Directive.Stop)
            Assert.IsType<InvalidDataException>((await EndOfAsync(parent)).Failure);
    }

    [Fact]
    public async Task A_child_that_waits_for_a_verdict_sleeps_through_timers_and_watches_and_hears_of_them_when_it_wakes()
    {
        var gate = new Gate();
        var other = system.Spawn(Counting(SupervisorStrategy.Default), "other");
        await seen.ExpectAsync("other start");
        var child = new TestProbe<ActorRef<string>>();
        var sleeper = LambdaActor.Props<string>((context, message) =>
        {
            seen.Tell(message);
            if (message != "fail")
                return;
            context.Timers.StartSingleTimer("ring", "ring", TimeSpan.FromSeconds(1));
            context.Watch(other, _ => "gone");
            seen.Tell("failing");
            throw new InvalidDataException(message);
        }) with
        { Supervision = new() { Otherwise = Directive.Escalate } };
        var parent = system.Spawn(Holding(gate, Directive.Resume, context => child.Tell(context.Spawn(sleeper, "child"))), "parent");
        Tell(parent, "hold");
        await gate.Entered;
        Tell(await child.ReceiveAsync(), "fail");
        await seen.ExpectAsync("fail", "failing");
        time.Advance(TimeSpan.FromSeconds(1));
        system.Stop(other);
        await other.WhenTerminated.WaitAsync(TestProbe.Patience);
        await seen.ExpectAsync("other stop");
        gate.Open();
        await seen.ExpectAsync("released", "ring", "gone");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_start_that_was_escalated_is_tried_again_when_the_parent_resumes(bool inFactory)
    {
        var attempts = 0;
        var child = new TestProbe<ActorRef<string>>();
        var props = new Props<string>(() =>
        {
            if (inFactory)
                Attempt();
            return new LambdaActor<string>(
                (_, message, _) =>
                {
                    seen.Tell(message);
                    return ValueTask.CompletedTask;
                },
                onStart: _ =>
                {
                    if (!inFactory)
                        Attempt();
                });
        })
        { Supervision = new() { Otherwise = Directive.Escalate, MinBackoff = TimeSpan.Zero } };
        system.Spawn(
            LambdaActor.Props<string>((_, _) => { }, onStart: context => child.Tell(context.Spawn(props, "child"))) with { Supervision = new() { Otherwise = Directive.Resume } }, "parent");
        Tell(await child.ReceiveAsync(), "hello");
        await seen.ExpectAsync("attempt 1", "attempt 2", "hello");

        void Attempt()
        {
            seen.Tell($"attempt {++attempts}");
            if (attempts == 1)
                throw new IOException("not yet");
        }
    }

    [Fact]
    public async Task Two_children_may_wait_for_the_same_verdict_and_both_wake()
    {
        var gate = new Gate();
        var children = new TestProbe<ActorRef<string>>();
        var middle = LambdaActor.Props<string>((_, _) => { }, onStart: context =>
        {
            foreach (var name in new[] { "first", "second" })
                children.Tell(context.Spawn(Counting(new SupervisorStrategy { Otherwise = Directive.Escalate }), name));
        }) with
        { Supervision = new() { Otherwise = Directive.Escalate } };
        var top = system.Spawn(Holding(gate, Directive.Resume, context => context.Spawn(middle, "middle")), "top");
        Tell(top, "hold");
        await gate.Entered;
        var (first, second) = (await children.ReceiveAsync(), await children.ReceiveAsync());
        await seen.ReceiveAsync();
        await seen.ReceiveAsync();
        Tell(first, "fail", "one");
        Tell(second, "fail", "two");

        // Both have failed before any verdict comes.
        while (first.Cell.Failed + second.Cell.Failed < 2)
            await Task.Yield();
        gate.Open();
        await seen.ExpectAsync("released");
        Assert.Equal(["one 1", "two 1"], new[] { await seen.ReceiveAsync(), await seen.ReceiveAsync() }.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_failure_escalated_at_the_top_stops_the_system_loudly()
    {
        var actor = Spawn(new() { Otherwise = Directive.Escalate });
        var bystander = system.Spawn(Counting(SupervisorStrategy.Default), "b");
        Tell(actor, "fail");
        Assert.IsType<InvalidDataException>(await system.WhenFailed.WaitAsync(TestProbe.Patience));
        await actor.WhenTerminated.WaitAsync(TestProbe.Patience);
        await bystander.WhenTerminated.WaitAsync(TestProbe.Patience);
    }

    /// <summary>A parent that gives no verdict before its gate is open.</summary>
    private Props<string> Holding(Gate gate, Directive verdict, Action<ActorContext<string>> onStart)
        => new(() => new LambdaActor<string>(
            async (_, _, _) =>
            {
                await gate.PassAsync();
                seen.Tell("released");
            },
            onStart: onStart))
        { Supervision = new() { Otherwise = verdict } };

    private static async Task<ActorCell> EndOfAsync(ActorRef actor)
    {
        await actor.WhenTerminated.WaitAsync(TestProbe.Patience);
        return actor.Cell;
    }

    private static void Tell(ActorRef<string> actor, params string[] messages)
    {
        foreach (var message in messages)
            Assert.True(actor.TryTell(message));
    }

    private ActorRef<string> Spawn(SupervisorStrategy supervision) => system.Spawn(Counting(supervision), "a");

    /// <summary>Reports each message with its number in this life; "fail" throws.</summary>
    private Props<string> Counting(SupervisorStrategy supervision)
        => new(() =>
        {
            var count = 0;
            return new LambdaActor<string>(
                (_, message, _) =>
                {
                    if (message == "fail")
                        throw new InvalidDataException(message);
                    seen.Tell($"{message} {++count}");
                    return ValueTask.CompletedTask;
                },
                seen);
        })
        { Supervision = supervision };
}
