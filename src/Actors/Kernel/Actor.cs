namespace UnifiedVlm.Actors.Kernel;

/// <summary>
/// Something that owns state and is sent messages. Its methods never run at the same time, so its state needs no lock. It answers to
/// failures by its <see cref="SupervisorStrategy"/>.
/// </summary>
/// <typeparam name="TMessage">The protocol: as a rule an abstract record whose cases are the commands.</typeparam>
public abstract class Actor<TMessage>
{
    private ActorContext<TMessage>? context;

    /// <summary>The actor's way to the rest of the system. Not there yet in the constructor.</summary>
    protected ActorContext<TMessage> Context
        => context ?? throw new InvalidOperationException("The context is set after the constructor has run. Use it from OnStart on.");

    internal ValueTask Start(CancellationToken cancellationToken) => OnStart(cancellationToken);

    internal ValueTask Receive(TMessage message, CancellationToken cancellationToken) => OnReceive(message, cancellationToken);

    internal ValueTask Stop() => OnStop();

    internal ValueTask Restart(Exception cause) => OnRestart(cause);

    internal void Bind(ActorContext<TMessage> bound)
    {
        if (context is not null)
            throw new InvalidOperationException("The factory gave the same instance twice. It must make a new one for every life.");
        context = bound;
    }

    /// <summary>Before the first message of this instance.</summary>
    protected virtual ValueTask OnStart(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Processes one message. What it throws goes to supervision.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Fires when the patience given to <see cref="ActorSystem.TerminateAsync"/> has ended; a plain stop waits.</param>
    protected abstract ValueTask OnReceive(TMessage message, CancellationToken cancellationToken);

    /// <summary>The actor stops for good; its children have stopped already. Also called when <see cref="OnStart"/> failed.</summary>
    protected virtual ValueTask OnStop() => ValueTask.CompletedTask;

    /// <summary>This instance gives way to a new one; its children have stopped already. Frees what it holds: by default the same as at the end.</summary>
    protected virtual ValueTask OnRestart(Exception cause) => OnStop();
}
