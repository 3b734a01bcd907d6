using UnifiedVlm.Chaos.Server;

namespace UnifiedVlm.Chaos.Workload;

/// <summary>
/// Sends what the history makes, without end and in the background. Keeps so many records ahead of the store that nodes always have work in
/// hand, and far below what the test broker keeps.
/// </summary>
internal sealed class Sender : IAsyncDisposable
{
    /// <summary>Records sent at once.</summary>
    public const int Batch = 16;

    private readonly History history;
    private readonly ChaosBroker broker;
    private readonly Func<Task<long[]>> positions;
    private readonly int ahead;
    private readonly SemaphoreSlim gate = new(1);
    private readonly CancellationTokenSource stop = new();
    private readonly Task sending;
    private Random random = new(0);

    /// <param name="positions">Where the store stands, by partition.</param>
    /// <param name="ahead">Records a partition may have that are not stored.</param>
    public Sender(History history, ChaosBroker broker, Func<Task<long[]>> positions, int ahead)
    {
        this.history = history;
        this.broker = broker;
        this.positions = positions;
        this.ahead = ahead;
        sending = SendAsync();
    }

    /// <summary>Fails when sending can't go on: what follows would be no test of anything.</summary>
    public Task Failure => sending;

    /// <summary>From now on what is sent follows from the seed.</summary>
    public async Task SeedAsync(int seed)
    {
        await using var pause = await PauseAsync();
        random = new Random(seed);
    }

    /// <summary>Waits until the broker has what is being sent, and holds back the rest until the result is disposed of.</summary>
    public async Task<IAsyncDisposable> PauseAsync()
    {
        await gate.WaitAsync();
        if (sending.IsFaulted)
        {
            gate.Release();
            await sending;
        }

        return new Resumption(gate);
    }

    /// <summary>Sends one batch, however much waits for the store already; for use while the sender is held back.</summary>
    public Task SendNowAsync() => SendBatchAsync();

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
        gate.Dispose();
    }

    private async Task SendAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (await timer.WaitForNextTickAsync(stop.Token))
        {
            await gate.WaitAsync(stop.Token);
            try
            {
                var stored = await positions();
                if (history.Ends.Zip(stored, static (end, next) => end - next).All(outstanding => outstanding < ahead))
                    await SendBatchAsync();
            }
            finally
            {
                gate.Release();
            }
        }
    }

    private async Task SendBatchAsync()
    {
        GeneratedRecord[] records = [.. Enumerable.Range(0, Batch).Select(_ => history.Next(random))];
        var offsets = await broker.SendAsync(records);
        for (var i = 0; i < records.Length; i++)
            history.Sent(records[i], offsets[i]);
    }

    private sealed class Resumption(SemaphoreSlim gate) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            gate.Release();
            return ValueTask.CompletedTask;
        }
    }
}
