namespace UnifiedVlm.Actors.Kernel;

/// <summary>An ask without its answer, linked into the asked actor so that it ends with the actor.</summary>
internal abstract class PendingAsk(AskRegistry registry)
{
    private ITimer? timer;
    private CancellationTokenRegistration cancellation;
    private CancellationTokenSource? waiting;
    private int ended;

    internal PendingAsk? Previous { get; set; }

    internal PendingAsk? Next { get; set; }

    internal bool Linked { get; set; }

    public abstract void Fail(Exception failure);

    public void Arm(TimeProvider time, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (timeout != Timeout.InfiniteTimeSpan)
        {
            Patience = timeout;
            timer = time.CreateTimer(static state => ((PendingAsk)state!).OnTimeout(), this, timeout, Timeout.InfiniteTimeSpan);
        }

        if (cancellationToken.CanBeCanceled)
            cancellation = cancellationToken.UnsafeRegister(static (state, token) => ((PendingAsk)state!).OnCancelled(token), this);

        // It may have ended before the fields above were set.
        if (HasEnded)
            Disarm();
    }

    /// <summary>
    /// For a message that waits for room: cancelled before the asker learns that the ask has ended, so that an ask that is over leaves no
    /// message behind. Called once.
    /// </summary>
    public CancellationToken WhileWaiting()
    {
        // Has neither a timer nor a wait handle: nothing to dispose.
        var source = new CancellationTokenSource();
        Interlocked.Exchange(ref waiting, source);
        if (HasEnded)
            source.Cancel();
        return source.Token;
    }

    protected bool HasEnded => Volatile.Read(ref ended) != 0;

    protected TimeSpan Patience { get; private set; }

    protected abstract void OnCancelled(CancellationToken cancellationToken);

    /// <summary>True for the one that may complete the ask; all that hangs on it is undone by then.</summary>
    protected bool TryEnd()
    {
        if (Interlocked.Exchange(ref ended, 1) != 0)
            return false;
        registry.Remove(this);
        Disarm();
        Volatile.Read(ref waiting)?.Cancel();
        return true;
    }

    private void OnTimeout() => Fail(new AskTimeoutException(registry.Path, Patience));

    private void Disarm()
    {
        timer?.Dispose();
        cancellation.Unregister();
    }
}
