// The cost of the actor kernel itself: dotnet run -c Release --project bench/Actors
using System.Diagnostics;
using UnifiedVlm.Actors.Kernel;

await using var system = new ActorSystem("bench");
foreach (var dedicated in new[] { false, true })
{
    var kind = dedicated ? "own thread" : "pool";
    await TellAsync(kind, dedicated, 5_000_000);
    await TellAsync(kind, dedicated, 20_000_000);
    await AskAsync(kind, dedicated, 20_000);
    await AskAsync(kind, dedicated, 300_000);
}

return;

async Task TellAsync(string kind, bool dedicated, int count)
{
    var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    var actor = system.Spawn(
        new Props<int>(() => new Counter(count, done)) { DedicatedThread = dedicated, Mailbox = new() { Capacity = 8192 } },
        Guid.NewGuid().ToString("N"));
    var allocated = GC.GetTotalAllocatedBytes(true);
    var clock = Stopwatch.StartNew();
    for (var i = 0; i < count; i++)
    {
        if (!actor.TryTell(i))
            await actor.TellAsync(i);
    }

    await done.Task;
    var seconds = clock.Elapsed.TotalSeconds;
    Console.WriteLine(
        $"tell, {kind}: {count / seconds / 1e6:0.0} M msg/s, {(GC.GetTotalAllocatedBytes(true) - allocated) / (double)count:0.000} bytes/msg ({count:N0})");
    system.Stop(actor);
    await actor.WhenTerminated;
}

async Task AskAsync(string kind, bool dedicated, int count)
{
    var actor = system.Spawn(new Props<ReplyTo<int>>(() => new Echo()) { DedicatedThread = dedicated }, Guid.NewGuid().ToString("N"));
    var allocated = GC.GetTotalAllocatedBytes(true);
    var clock = Stopwatch.StartNew();
    for (var i = 0; i < count; i++)
        await actor.AskAsync<int>(static replyTo => replyTo, TimeSpan.FromSeconds(10));
    var seconds = clock.Elapsed.TotalSeconds;
    Console.WriteLine(
        $"ask one by one, {kind}: {seconds / count * 1e6:0.00} us, {(GC.GetTotalAllocatedBytes(true) - allocated) / (double)count:0} bytes/ask ({count:N0})");

    clock.Restart();
    var asks = new Task<int>[100];
    for (var i = 0; i < count / asks.Length; i++)
    {
        for (var j = 0; j < asks.Length; j++)
            asks[j] = actor.AskAsync<int>(static replyTo => replyTo, TimeSpan.FromSeconds(10));
        await Task.WhenAll(asks);
    }

    Console.WriteLine($"ask 100 at once, {kind}: {clock.Elapsed.TotalSeconds / count * 1e6:0.00} us ({count:N0})");
    system.Stop(actor);
    await actor.WhenTerminated;
}

internal sealed class Counter(int expected, TaskCompletionSource done) : Actor<int>
{
    private int count;

    protected override ValueTask OnReceive(int message, CancellationToken cancellationToken)
    {
        if (++count == expected)
            done.TrySetResult();
        return ValueTask.CompletedTask;
    }
}

internal sealed class Echo : Actor<ReplyTo<int>>
{
    protected override ValueTask OnReceive(ReplyTo<int> message, CancellationToken cancellationToken)
    {
        message.TryReply(1);
        return ValueTask.CompletedTask;
    }
}
