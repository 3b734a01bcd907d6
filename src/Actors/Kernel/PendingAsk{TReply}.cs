namespace UnifiedVlm.Actors.Kernel;

/// <summary>An ask that waits for a <typeparamref name="TReply"/>.</summary>
internal sealed class PendingAsk<TReply>(AskRegistry registry) : PendingAsk(registry)
{
    private readonly TaskCompletionSource<TReply> source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TReply> Task => source.Task;

    public bool TrySetResult(TReply reply)
    {
        if (!TryEnd())
            return false;
        source.SetResult(reply);
        return true;
    }

    public bool TrySetException(Exception failure)
    {
        if (!TryEnd())
            return false;
        source.SetException(failure);
        return true;
    }

    public override void Fail(Exception failure) => TrySetException(failure);

    protected override void OnCancelled(CancellationToken cancellationToken)
    {
        if (TryEnd())
            source.SetCanceled(cancellationToken);
    }
}
