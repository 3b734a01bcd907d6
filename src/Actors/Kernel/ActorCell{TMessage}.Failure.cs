namespace UnifiedVlm.Actors.Kernel;

internal sealed partial class ActorCell<TMessage>
{
    // The child that asked for a verdict and sleeps until this actor has one itself.
    private ActorCell? escalated;

    // The failure of its own start that it has escalated: there is no instance to wake.
    private Exception? unstarted;
    private ITimer? backoff;

    /// <summary>Applies the actor's strategy to a failure of its own or to one that a child escalated.</summary>
    private async ValueTask FailAsync(Exception failure, ActorCell? child, bool starting)
    {
        if (failure is OperationCanceledException && System.Aborted.IsCancellationRequested)
        {
            stopping = true;
            return;
        }

        Interlocked.Increment(ref failed);
        var directive = props.Supervision.Decide(failure);
        if (directive == Directive.Resume && starting)
            directive = Directive.Restart; // There is no instance to go on with.

        switch (directive)
        {
            case Directive.Resume:
                KernelLog.Resumed(logger, Path, failure);
                child?.Post(new Signal(SignalKind.Resume));
                break;
            case Directive.Restart:
                await RestartAsync(failure).ConfigureAwait(false);
                break;
            case Directive.Stop:
                KernelLog.StoppedByFailure(logger, Path, failure);
                Failure = failure;
                stopping = true;
                break;
            case Directive.Escalate:
                KernelLog.Escalated(logger, Path, Parent?.Path ?? System.Name, failure);
                suspended = asleep = true;
                escalated = child;
                unstarted = starting ? failure : null;
                if (Parent is null)
                    System.FailBy(this, failure);
                else
                    Parent.Post(new Signal(SignalKind.ChildFailed, this, failure));
                break;
            default:
                throw new InvalidOperationException($"{Path}: directive {directive} is unknown.", failure);
        }
    }

    private async ValueTask RestartAsync(Exception failure)
    {
        if (!restartWindow.TryRegister(out var restart, out var delay))
        {
            KernelLog.GaveUp(logger, Path, props.Supervision.MaxRestarts, props.Supervision.Window, failure);
            Failure = failure;
            stopping = true;
            return;
        }

        KernelLog.Restarting(logger, Path, restart, props.Supervision.MaxRestarts, delay, failure);
        Interlocked.Increment(ref restarts);
        suspended = true;
        await EndLifeAsync(failure).ConfigureAwait(false);
        if (delay <= TimeSpan.Zero)
        {
            Post(new Signal(SignalKind.BackoffElapsed));
            return;
        }

        backoff?.Dispose();
        backoff = System.Time.CreateTimer(
            static cell => ((ActorCell)cell!).Post(new Signal(SignalKind.BackoffElapsed)),
            this,
            delay,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>The parent's verdict on what was escalated is to go on.</summary>
    private async ValueTask ResumeAsync()
    {
        if (unstarted is { } failure)
        {
            await RestartAsync(failure).ConfigureAwait(false);
            return;
        }

        suspended = asleep = false;
        escalated?.Post(new Signal(SignalKind.Resume));
        escalated = null;
        Repost(missed);
    }
}
