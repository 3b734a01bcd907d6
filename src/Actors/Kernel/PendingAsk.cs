namespace UnifiedVlm.Actors.Kernel;

/// <summary>An ask without its answer, linked into the asked actor so that it ends with the actor.</summary>
internal abstract class PendingAsk(AskRegistry registry)
{
    private ITimer? timer;
    private CancellationTokenRegistration cancellation;

    internal PendingAsk? Previous { get; set; }

    internal PendingAsk? Next { get; set; }

    internal bool Linked { get; set; }

    protected AskRegistry Registry => registry;

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
        if (IsCompleted)
            Disarm();
    }

    protected abstract bool IsCompleted { get; }

    protected TimeSpan Patience { get; private set; }

    protected abstract void OnCancelled(CancellationToken cancellationToken);

    protected void Finish()
    {
        registry.Remove(this);
        Disarm();
    }

    private void OnTimeout() => Fail(new AskTimeoutException(registry.Path, Patience));

    private void Disarm()
    {
        timer?.Dispose();
        cancellation.Unregister();
    }
}

internal sealed class PendingAsk<TReply>(AskRegistry registry) : PendingAsk(registry)
{
    private readonly TaskCompletionSource<TReply> source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TReply> Task => source.Task;

    protected override bool IsCompleted => source.Task.IsCompleted;

    public bool TrySetResult(TReply reply) => Ended(source.TrySetResult(reply));

    public bool TrySetException(Exception failure) => Ended(source.TrySetException(failure));

    public override void Fail(Exception failure) => TrySetException(failure);

    protected override void OnCancelled(CancellationToken cancellationToken) => Ended(source.TrySetCanceled(cancellationToken));

    private bool Ended(bool first)
    {
        if (first)
            Finish();
        return first;
    }
}
