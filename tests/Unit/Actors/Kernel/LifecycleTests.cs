using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Kernel;

public sealed class LifecycleTests : IAsyncLifetime
{
    private readonly TestProbe<string> seen = new();
    private readonly ManualTimeProvider time = new();
    private readonly ActorSystem system;

    public LifecycleTests() => system = new ActorSystem("test", time: time);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await system.DisposeAsync();

    [Fact]
    public async Task Children_stop_before_their_parents()
    {
        var ready = new TestProbe<string>();
        system.Spawn(Node("top", 3), "top");
        for (var i = 0; i < 4; i++)
            await ready.ReceiveAsync();
        await system.TerminateAsync(TestProbe.Patience);
        await seen.ExpectAsync("top start", "top1 start", "top11 start", "top111 start", "top111 stop", "top11 stop", "top1 stop", "top stop");

        Props<string> Node(string name, int depth)
            => LambdaActor.Props<string>((_, _) => { }, seen, context =>
            {
                if (depth > 0)
                    context.Spawn(Node(name + "1", depth - 1), name + "1");
                ready.Tell(name);
            });
    }

    [Fact]
    public async Task A_watcher_is_told_once_with_its_own_message_and_the_reason()
    {
        var failing = system.Spawn(LambdaActor.Props<int>((_, _) => throw new IOException("broken")) with { Supervision = new() { Otherwise = Directive.Stop } }, "failing");
        var plain = system.Spawn(LambdaActor.Props<int>((_, _) => { }), "plain");
        var ignored = system.Spawn(LambdaActor.Props<int>((_, _) => { }), "ignored");
        var watcher = system.Spawn(
            LambdaActor.Props<string>((context, message) =>
            {
                if (message == "watch")
                {
                    foreach (var actor in new[] { failing, plain, ignored })
                        context.Watch(actor, t => $"{t.Actor.Name} {t.Failure?.Message ?? "stopped"}");
                    context.Unwatch(ignored);
                }

                seen.Tell(message);
            }),
            "watcher");
        await watcher.TellAsync("watch");
        await seen.ExpectAsync("watch");
        failing.TryTell(1);
        await seen.ExpectAsync("failing broken");
        system.Stop(ignored);
        await ignored.WhenTerminated.WaitAsync(TestProbe.Patience);
        system.Stop(plain);
        await seen.ExpectAsync("plain stopped");

        // Watching the dead tells at once.
        await watcher.TellAsync("watch");
        await seen.ExpectAsync("watch", "failing broken", "plain stopped");
        await watcher.TellAsync("end");
        await seen.ExpectAsync("end");
    }

    [Fact]
    public async Task AfterMailbox_processes_what_waits_and_takes_nothing_new()
    {
        var gate = new Gate();
        var actor = system.Spawn(
            LambdaActor.AsyncProps<string>(async (_, message, _) =>
            {
                await gate.PassAsync();
                seen.Tell(message);
            }),
            "a");
        foreach (var message in new[] { "one", "two", "three" })
            actor.TryTell(message);
        await gate.Entered;
        system.Stop(actor, StopMode.AfterMailbox);
        gate.Open();
        await actor.WhenTerminated.WaitAsync(TestProbe.Patience);
        await seen.ExpectAsync("one", "two", "three");
        Assert.Equal(0, system.DeadLetters);
        Assert.False(actor.TryTell("four"));
    }

    [Fact]
    public async Task A_message_that_does_not_end_is_aborted_when_patience_ends()
    {
        var entered = new TestProbe<bool>();
        system.Spawn(
            LambdaActor.AsyncProps<string>(async (_, _, cancellationToken) =>
            {
                entered.Tell(true);
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }, seen),
            "a").TryTell("x");
        await entered.ExpectAsync(true);
        var end = system.TerminateAsync(TimeSpan.FromSeconds(3));
        await time.WhenPendingAsync(1);
        Assert.False(end.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(3));
        await end.WaitAsync(TestProbe.Patience);
        await seen.ExpectAsync("a start", "a stop");
    }

    [Fact]
    public async Task An_actor_that_never_ends_is_named()
    {
        var gate = new Gate();
        var stuck = system.Spawn(LambdaActor.AsyncProps<string>(async (_, _, _) => await gate.PassAsync()), "stuck");
        stuck.TryTell("x");
        await gate.Entered;
        var end = system.TerminateAsync(TimeSpan.FromSeconds(3));
        await time.WhenPendingAsync(1);
        time.Advance(TimeSpan.FromSeconds(3));
        await time.WhenPendingAsync(1);
        time.Advance(TimeSpan.FromSeconds(3));
        var timeout = await Assert.ThrowsAsync<TimeoutException>(() => end.WaitAsync(TestProbe.Patience));
        Assert.Contains("test/stuck", timeout.Message, StringComparison.Ordinal);
        gate.Open();
        await stuck.WhenTerminated.WaitAsync(TestProbe.Patience);
    }

    [Fact]
    public async Task Nothing_starts_in_a_system_that_stops()
    {
        await system.TerminateAsync(TestProbe.Patience);
        Assert.Throws<ActorStoppedException>(() => system.Spawn(LambdaActor.Props<int>((_, _) => { }), "late"));
    }

    [Fact]
    public async Task Names_are_unique_and_free_again_after_the_end()
    {
        var first = system.Spawn(LambdaActor.Props<int>((_, _) => { }), "a");
        Assert.Throws<ArgumentException>(() => system.Spawn(LambdaActor.Props<int>((_, _) => { }), "a"));
        system.Stop(first);
        await first.WhenTerminated.WaitAsync(TestProbe.Patience);
        Assert.False(system.Spawn(LambdaActor.Props<int>((_, _) => { }), "a").IsTerminated);
    }

    [Fact]
    public async Task A_timer_whose_message_takes_as_long_as_its_interval_leaves_the_mailbox_its_turn()
    {
        var gate = new Gate();
        var ticks = 0;
        var actor = system.Spawn(
            LambdaActor.AsyncProps<string>(async (context, message, _) =>
            {
                switch (message)
                {
                    case "start":
                        context.Timers.StartPeriodicTimer("tick", "tick", TimeSpan.FromSeconds(1));
                        break;
                    case "tick" when ++ticks == 1:
                        await gate.PassAsync();
                        context.Self.TryTell("one");
                        context.Self.TryTell("two");
                        break;
                }

                seen.Tell(message);

                // A broken kernel would tick for ever.
                if (message == "tick" && ticks < 50)
                    time.Advance(TimeSpan.FromSeconds(1));
            }),
            "a");
        await actor.TellAsync("start");
        await seen.ExpectAsync("start");
        await time.WhenPendingAsync(1);
        time.Advance(TimeSpan.FromSeconds(1));
        gate.Open();
        await seen.ExpectAsync("tick", "one", "tick", "two", "tick");
    }

    [Fact]
    public async Task Timers_tell_self_replace_by_key_and_end_with_the_instance()
    {
        var actor = system.Spawn(
            LambdaActor.Props<string>((context, message) =>
            {
                seen.Tell(message);
                switch (message)
                {
                    case "start":
                        context.Timers.StartSingleTimer("once", "first", TimeSpan.FromSeconds(1));
                        context.Timers.StartSingleTimer("once", "second", TimeSpan.FromSeconds(2));
                        context.Timers.StartPeriodicTimer("tick", "tick", TimeSpan.FromSeconds(10));
                        break;
                    case "fail":
                        throw new IOException();
                }
            }) with
            { Supervision = new() { MinBackoff = TimeSpan.Zero } },
            "a");
        await actor.TellAsync("start");
        await seen.ExpectAsync("start");
        await time.WhenPendingAsync(2);
        time.Advance(TimeSpan.FromSeconds(5));
        await seen.ExpectAsync("second");
        time.Advance(TimeSpan.FromSeconds(5));
        await seen.ExpectAsync("tick");
        time.Advance(TimeSpan.FromSeconds(10));
        await seen.ExpectAsync("tick");
        await actor.TellAsync("fail");
        await actor.TellAsync("after");
        await seen.ExpectAsync("fail", "after");
        Assert.Empty(time.Pending);
    }
}
