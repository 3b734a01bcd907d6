namespace UnifiedVlm.Actors.Kernel;

/// <summary>The recipe for an actor: everything supervision needs to make it, again if it must.</summary>
public sealed record Props<TMessage>
{
    /// <param name="factory">Makes an instance for one life. Runs where the actor runs; a failure in it is the actor's failure.</param>
    public Props(Func<Actor<TMessage>> factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        Factory = factory;
    }

    public Func<Actor<TMessage>> Factory { get; }

    public MailboxOptions<TMessage> Mailbox { get; init; } = new();

    public SupervisorStrategy Supervision { get; init; } = SupervisorStrategy.Default;

    /// <summary>
    /// The actor, its factory included, runs on a named thread of its own through all its lives. It must not await anything that is not
    /// already complete: it would come back on another thread.
    /// </summary>
    public bool DedicatedThread { get; init; }

    /// <summary>Runs first on the dedicated thread, once: thread-local settings of native libraries.</summary>
    public Action? OnThreadStart { get; init; }

    /// <summary>Gets each message that will never be processed, so that what it holds can be freed. Must not throw.</summary>
    public Action<TMessage>? Undelivered { get; init; }

    /// <summary>Messages in a row before the actor gives its pool thread to others.</summary>
    public int Throughput { get; init; } = 256;

    internal void Validate()
    {
        Mailbox.Validate();
        Supervision.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(Throughput, 1);
        if (OnThreadStart is not null && !DedicatedThread)
            throw new ArgumentException("OnThreadStart: only an actor with DedicatedThread has a thread of its own to set up.");
    }
}
