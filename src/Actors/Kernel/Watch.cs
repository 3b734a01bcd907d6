namespace UnifiedVlm.Actors.Kernel;

/// <summary>One actor's interest in the end of another.</summary>
internal abstract class Watch(ActorCell watcher, ActorRef subject)
{
    public ActorCell Watcher { get; } = watcher;

    public ActorRef Subject { get; } = subject;
}

internal sealed class Watch<TMessage>(ActorCell watcher, ActorRef subject, Func<Terminated, TMessage> map) : Watch(watcher, subject)
{
    public Func<Terminated, TMessage> Map { get; } = map;
}
