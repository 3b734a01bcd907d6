using UnifiedVlm.Storage.Keys;

namespace UnifiedVlm.Server.Http.Access;

/// <summary>Notes in the store which keys are used, once in a while and beside the requests.</summary>
internal sealed partial class KeyUsage : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    // The last note is of no consequence: it holds nobody up longer.
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(2);

    private readonly ApiKeyStore store;
    private readonly ILogger<KeyUsage> logger;
    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenSource givenUp = new();
    private readonly Lock gate = new();
    private readonly Task running;
    private HashSet<string> used = [];

    public KeyUsage(ApiKeyStore store, TimeProvider time, ILogger<KeyUsage> logger)
    {
        this.store = store;
        this.logger = logger;
        running = RunAsync(time);
    }

    /// <param name="id">Of a key that exists: there are never more ids here than keys.</param>
    public void Note(string id)
    {
        lock (gate)
            used.Add(id);
    }

    /// <summary>Notes what is left to note.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        givenUp.CancelAfter(EndLimit);
        await running;
        stop.Dispose();
        givenUp.Dispose();
    }

    private async Task RunAsync(TimeProvider time)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(Interval, time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await FlushAsync();
        }
    }

    private async Task FlushAsync()
    {
        HashSet<string> ids;
        lock (gate)
            (ids, used) = (used, []);
        if (ids.Count == 0)
            return;
        try
        {
            await store.NoteUsedAsync(ids, givenUp.Token);
        }
        catch (Exception error)
        {
            // Of no consequence: the keys' next use is noted again.
            LogFailed(logger, error);
        }
    }

    [LoggerMessage(5100, LogLevel.Warning, "When keys were last used could not be noted")]
    private static partial void LogFailed(ILogger logger, Exception error);
}
