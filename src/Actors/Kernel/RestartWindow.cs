namespace UnifiedVlm.Actors.Kernel;

/// <summary>The restarts of one actor within its strategy's window.</summary>
internal sealed class RestartWindow(SupervisorStrategy strategy, TimeProvider time)
{
    // Never longer than MaxRestarts: a restart that does not fit is refused.
    private readonly Queue<long> restarts = new();

    /// <summary>False when the window has no restart left.</summary>
    public bool TryRegister(out int restart, out TimeSpan backoff)
    {
        var now = time.GetTimestamp();
        while (restarts.TryPeek(out var first) && time.GetElapsedTime(first, now) >= strategy.Window)
            restarts.Dequeue();

        restart = restarts.Count + 1;
        backoff = default;
        if (restarts.Count >= strategy.MaxRestarts)
            return false;

        restarts.Enqueue(now);
        backoff = strategy.Backoff(restart, Random.Shared.NextDouble());
        return true;
    }
}
