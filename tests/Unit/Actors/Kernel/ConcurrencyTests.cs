using System.Threading.Tasks.Sources;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Kernel;

public sealed class ConcurrencyTests : IAsyncLifetime
{
    private readonly ActorSystem system = new("test");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await system.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_two_messages_are_processed_at_once_and_none_is_lost(bool dedicated)
    {
        const int Senders = 8;
        const int Each = 20_000;
        var inside = 0;
        var overlaps = 0;
        var total = 0;
        var last = new int[Senders];
        var disorder = 0;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var actor = system.Spawn(
            LambdaActor.AsyncProps<(int Sender, int Number)>(async (_, m, _) =>
            {
                if (Interlocked.Increment(ref inside) != 1)
                    overlaps++;
                if (m.Number != ++last[m.Sender])
                    disorder++;
                if (!dedicated && m.Number % 100 == 0)
                    await Task.Yield();
                Interlocked.Decrement(ref inside);
                if (++total == Senders * Each)
                    done.TrySetResult();
            }) with
            { Mailbox = new() { Capacity = 64 }, DedicatedThread = dedicated },
            "a");
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            for (var i = 1; i <= Each; i++)
                await actor.TellAsync((sender, i));
        })));
        await done.Task.WaitAsync(TestProbe.Patience);
        Assert.Equal(0, overlaps);
        Assert.Equal(0, disorder);
    }

    [Fact]
    public async Task A_sleeping_actor_always_wakes()
    {
        // One message at a time, so that every tell races with the actor going to sleep.
        var actor = system.Spawn(LambdaActor.Props<ReplyTo<int>>((_, r) => r.TryReply(1)), "pool");
        var thread = system.Spawn(LambdaActor.Props<ReplyTo<int>>((_, r) => r.TryReply(1)) with { DedicatedThread = true }, "thread");
        for (var i = 0; i < 20_000; i++)
        {
            await actor.AskAsync<int>(r => r, TestProbe.Patience);
            await thread.AskAsync<int>(r => r, TestProbe.Patience);
        }
    }

    [Fact]
    public async Task A_dedicated_actor_always_runs_on_its_thread_over_restarts_too()
    {
        var seen = new TestProbe<(string What, Thread Thread)>();
        var props = LambdaActor.Props<string>(
            (context, message) =>
            {
                seen.Tell((message, Thread.CurrentThread));
                if (message == "fail")
                    throw new IOException();
                if (message == "timer")
                    context.Timers.StartSingleTimer("t", "fired", TimeSpan.FromMilliseconds(1));
            },
            onStart: _ => seen.Tell(("start", Thread.CurrentThread))) with
        {
            DedicatedThread = true,
            OnThreadStart = () => seen.Tell(("thread", Thread.CurrentThread)),
            Supervision = new() { MinBackoff = TimeSpan.FromMilliseconds(1) },
        };
        var actor = system.Spawn(props, "a");
        foreach (var message in new[] { "one", "fail", "timer" })
            await actor.TellAsync(message);
        var threads = new HashSet<Thread>();
        foreach (var expected in new[] { "thread", "start", "one", "fail", "start", "timer", "fired" })
        {
            var (what, thread) = await seen.ReceiveAsync();
            Assert.Equal(expected, what);
            threads.Add(thread);
        }

        Assert.Equal("test/a", Assert.Single(threads).Name);
        Assert.False(threads.Single().IsThreadPoolThread);
    }

    [Fact]
    public async Task A_dedicated_actor_that_awaits_is_told_that_it_must_not()
    {
        var actor = system.Spawn(
            LambdaActor.AsyncProps<int>(static (_, _, _) => new ValueTask(new AwaitedWork(), 0)) with
            {
                DedicatedThread = true,
                Supervision = new() { Otherwise = Directive.Stop },
            },
            "a");
        actor.TryTell(1);
        await actor.WhenTerminated.WaitAsync(TestProbe.Patience);
        Assert.Contains("Work synchronously", Assert.IsType<InvalidOperationException>(actor.Cell.Failure).Message, StringComparison.Ordinal);
    }

    /// <summary>Not complete before it is awaited, however late that is, and then on another thread.</summary>
    private sealed class AwaitedWork : IValueTaskSource
    {
        private volatile bool isComplete;

        public ValueTaskSourceStatus GetStatus(short token) => isComplete ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Pending;

        public void GetResult(short token) => Assert.True(isComplete);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        {
            isComplete = true;
            ThreadPool.UnsafeQueueUserWorkItem(continuation, state, preferLocal: false);
        }
    }
}
