using System.Threading.Channels;

namespace UnifiedVlm.Actors.Kernel;

/// <summary>An actor to send <typeparamref name="TMessage"/> to. Thread-safe; cheap to keep and to pass on.</summary>
public sealed class ActorRef<TMessage> : ActorRef
{
    private readonly ActorCell<TMessage> cell;

    internal ActorRef(ActorCell<TMessage> cell)
        : base(cell)
        => this.cell = cell;

    /// <summary>Leaves a message if there is room. Never waits, allocates nothing.</summary>
    /// <returns>False when the mailbox is full or the actor has stopped: the message is still the caller's.</returns>
    public bool TryTell(TMessage message)
    {
        if (!cell.Mailbox.TryWrite(message))
            return false;
        cell.Notify();
        return true;
    }

    /// <summary>Leaves a message, waiting for room if the mailbox's policy says so.</summary>
    /// <exception cref="ActorStoppedException">The actor has stopped, perhaps while the caller waited.</exception>
    /// <exception cref="MailboxFullException">No room, and the policy is <see cref="OverflowPolicy.Refuse"/>.</exception>
    public ValueTask TellAsync(TMessage message, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        return TryTell(message) ? ValueTask.CompletedTask : TellSlowlyAsync(message, cancellationToken);
    }

    /// <summary>Sends a message that carries the address of its reply, and waits for the reply.</summary>
    /// <param name="message">Makes the message.</param>
    /// <param name="timeout">How long to wait, room in the mailbox included; <see cref="Timeout.InfiniteTimeSpan"/> waits for ever.</param>
    /// <exception cref="AskTimeoutException">No reply in time.</exception>
    /// <exception cref="ActorStoppedException">The actor stopped before it replied.</exception>
    /// <exception cref="MailboxFullException">No room, and the policy is <see cref="OverflowPolicy.Refuse"/>.</exception>
    public Task<TReply> AskAsync<TReply>(Func<ReplyTo<TReply>, TMessage> message, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<TReply>(cancellationToken);

        var ask = new PendingAsk<TReply>(cell.Asks);
        if (cell.Asks.Add(ask) is { } stopped)
            return Task.FromException<TReply>(stopped);
        try
        {
            ask.Arm(cell.System.Time, timeout, cancellationToken);
            var request = message(new ReplyTo<TReply>(ask));
            if (!TryTell(request))
                _ = TellForAskAsync(request, ask);
        }
        catch (Exception failure)
        {
            // The message was never sent: nobody else would end the ask.
            ask.Fail(failure);
        }

        return ask.Task;
    }

    private async ValueTask TellSlowlyAsync(TMessage message, CancellationToken cancellationToken)
    {
        if (cell.Mailbox.Overflow == OverflowPolicy.Refuse && !cell.Mailbox.IsClosed)
            throw new MailboxFullException(Path);
        try
        {
            await cell.Mailbox.WriteAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw new ActorStoppedException(Path, cell.Failure);
        }

        cell.Notify();
    }

    private async Task TellForAskAsync<TReply>(TMessage request, PendingAsk<TReply> ask)
    {
        try
        {
            await TellSlowlyAsync(request, ask.WhileWaiting()).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            ask.Fail(failure);
        }
    }
}
