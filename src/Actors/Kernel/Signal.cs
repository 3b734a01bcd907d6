namespace UnifiedVlm.Actors.Kernel;

/// <summary>What the kernel itself tells an actor. Signals pass the mailbox by and are never refused.</summary>
internal enum SignalKind
{
    Stop,
    Drain,
    ChildFailed,
    Resume,
    BackoffElapsed,
    Terminated,
    Timer,
}

/// <param name="Subject">The child, watch or timer it is about.</param>
internal readonly record struct Signal(SignalKind Kind, object? Subject = null, Exception? Failure = null);
