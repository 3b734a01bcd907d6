namespace UnifiedVlm.Actors.Kernel;

/// <summary>An actor seen from outside, without its protocol: to watch and to stop. It stays the same over restarts.</summary>
public abstract class ActorRef
{
    private protected ActorRef(ActorCell cell) => Cell = cell;

    public string Name => Cell.Name;

    /// <summary>System, parents and name, by slashes.</summary>
    public string Path => Cell.Path;

    /// <summary>Ends when the actor has stopped for good. Never faults.</summary>
    public Task WhenTerminated => Cell.Termination;

    public bool IsTerminated => Cell.Termination.IsCompleted;

    internal ActorCell Cell { get; }

    public override string ToString() => Path;
}
