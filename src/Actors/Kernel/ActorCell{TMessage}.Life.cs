namespace UnifiedVlm.Actors.Kernel;

internal sealed partial class ActorCell<TMessage>
{
    // What came while the actor was asleep, for when it wakes. Bounded like the signals: a failure for each child, one entry for each watch and timer.
    private readonly Queue<Signal> missed = new();

    // Timers that were due again before the mailbox had its turn, one entry for each.
    private readonly Queue<Signal> overdue = new();
    private long turn;

    private async ValueTask HandleSignalsAsync()
    {
        turn++;
        while (!stopping && TryTakeSignal(out var signal))
        {
            if (asleep && signal.Kind is SignalKind.ChildFailed or SignalKind.Terminated or SignalKind.Timer)
            {
                missed.Enqueue(signal);
                continue;
            }

            switch (signal.Kind)
            {
                case SignalKind.Stop:
                    stopping = true;
                    break;
                case SignalKind.Drain:
                    mailbox.Close();
                    draining = true;
                    break;
                case SignalKind.ChildFailed when ((ActorCell)signal.Subject!).Termination.IsCompleted:
                    break;
                case SignalKind.ChildFailed:
                    await FailAsync(signal.Failure!, (ActorCell)signal.Subject!, starting: actor is null).ConfigureAwait(false);
                    break;
                case SignalKind.Resume:
                    await ResumeAsync().ConfigureAwait(false);
                    break;
                case SignalKind.BackoffElapsed:
                    suspended = false;
                    await BeginLifeAsync().ConfigureAwait(false);
                    break;
                case SignalKind.Terminated:
                    var watch = (Watch<TMessage>)signal.Subject!;
                    if (context.TryEnd(watch))
                        await DeliverAsync(watch.Map, new Terminated(watch.Subject, signal.Failure)).ConfigureAwait(false);
                    break;
                case SignalKind.Timer when ((ActorTimer<TMessage>)signal.Subject!).Turn == turn:
                    // Its message takes as long as its interval: the mailbox must not wait for ever.
                    overdue.Enqueue(signal);
                    break;
                case SignalKind.Timer:
                    var timer = (ActorTimer<TMessage>)signal.Subject!;
                    timer.Turn = turn;
                    if (context.Timers.TryFire(timer, out var message))
                        await DeliverAsync(static message => message, message).ConfigureAwait(false);
                    break;
                default:
                    throw new InvalidOperationException($"{Path}: signal {signal.Kind} is unknown.");
            }
        }
    }

    private void Repost(Queue<Signal> signals)
    {
        while (signals.TryDequeue(out var signal))
            Post(signal);
    }

    /// <summary>Hands the actor a message that did not come through the mailbox.</summary>
    private async ValueTask DeliverAsync<TSource>(Func<TSource, TMessage> map, TSource source)
    {
        if (actor is null)
            return;
        try
        {
            await InvokeAsync(actor.Receive(map(source), System.Aborted)).ConfigureAwait(false);
            Volatile.Write(ref processed, processed + 1);
        }
        catch (Exception failure)
        {
            await FailAsync(failure, child: null, starting: false).ConfigureAwait(false);
        }
    }

    private async ValueTask BeginLifeAsync()
    {
        try
        {
            AcceptChildren(true);
            var instance = props.Factory();
            instance.Bind(context);
            actor = instance;
            await InvokeAsync(instance.Start(System.Aborted)).ConfigureAwait(false);
            KernelLog.Started(logger, Path);
        }
        catch (Exception failure)
        {
            await FailAsync(failure, child: null, starting: true).ConfigureAwait(false);
        }
    }

    /// <summary>Ends one instance: children first, then the instance's own hook.</summary>
    /// <param name="cause">The failure that makes a restart necessary; null at the final stop.</param>
    private async ValueTask EndLifeAsync(Exception? cause)
    {
        context.Timers.CancelAll();
        AcceptChildren(false);
        var children = Children;
        foreach (var child in children)
            child.Post(new Signal(SignalKind.Stop));
        foreach (var child in children)
            await AwaitAsync(child.Termination).ConfigureAwait(false);
        context.UnwatchAll();
        (asleep, escalated, unstarted) = (false, null, null);
        missed.Clear();
        overdue.Clear();

        if (actor is not { } instance)
            return;
        actor = null;
        try
        {
            await InvokeAsync(cause is null ? instance.Stop() : instance.Restart(cause)).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            // The instance is gone either way; its last words must not keep the others from stopping.
            KernelLog.HookFailed(logger, Path, cause is null ? "OnStop" : "OnRestart", failure);
        }
    }

    private async ValueTask EndAsync()
    {
        stopping = true;
        backoff?.Dispose();
        mailbox.Close();
        try
        {
            await EndLifeAsync(cause: null).ConfigureAwait(false);
            while (mailbox.TryRead(out var message))
                Undelivered(message);
        }
        finally
        {
            Asks.Close(new ActorStoppedException(Path, Failure));
            Close();
            KernelLog.Stopped(logger, Path);
        }
    }

    private void Undelivered(TMessage message)
    {
        System.CountDeadLetter(Path);
        try
        {
            props.Undelivered?.Invoke(message);
        }
        catch (Exception failure)
        {
            // May run on a sender that only wanted to tell: it is not the sender's failure.
            KernelLog.HookFailed(logger, Path, nameof(props.Undelivered), failure);
        }
    }
}
