namespace UnifiedVlm.Actors.Kernel;

/// <summary>Where the reply to an ask goes. The first answer counts; answers nobody waits for are dropped.</summary>
public readonly struct ReplyTo<TReply>
{
    private readonly PendingAsk<TReply>? ask;

    internal ReplyTo(PendingAsk<TReply> ask) => this.ask = ask;

    /// <summary>The asker has given up or has its answer: the work need not be done.</summary>
    public bool IsAbandoned => ask is null || ask.Task.IsCompleted;

    /// <returns>False when nobody waits any more.</returns>
    public bool TryReply(TReply reply) => ask is not null && ask.TrySetResult(reply);

    /// <summary>Lets the asker's <c>AskAsync</c> throw <paramref name="failure"/>.</summary>
    /// <returns>False when nobody waits any more.</returns>
    public bool TryFail(Exception failure) => ask is not null && ask.TrySetException(failure);
}
