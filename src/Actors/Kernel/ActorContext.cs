using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Actors.Kernel;

/// <summary>What an actor can do beyond its own state. To be used from within its methods only.</summary>
public sealed class ActorContext<TMessage>
{
    private readonly ActorCell<TMessage> cell;
    private readonly Dictionary<ActorRef, Watch<TMessage>> watches = [];
    private ILogger? logger;

    internal ActorContext(ActorCell<TMessage> cell)
    {
        this.cell = cell;
        Timers = new TimerScheduler<TMessage>(cell);
    }

    public ActorSystem System => cell.System;

    public ActorRef<TMessage> Self => cell.Self;

    public string Path => cell.Path;

    /// <summary>Timers that send this actor a message. They end with the instance.</summary>
    public TimerScheduler<TMessage> Timers { get; }

    /// <summary>The logger of the system for this actor's path.</summary>
    public ILogger Logger => logger ??= cell.System.LoggerFactory.CreateLogger($"UnifiedVlm.Actors.{cell.Name}");

    /// <summary>Starts a child. It stops before its parent does, and when its parent restarts.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public ActorRef<TChild> Spawn<TChild>(Props<TChild> props, string name) => ActorSystem.Spawn(cell.System, cell, props, name);

    /// <summary>Lets another actor stop. It has stopped when its <see cref="ActorRef.WhenTerminated"/> has ended.</summary>
    public void Stop(ActorRef actor, StopMode mode = StopMode.AfterCurrent) => cell.System.Stop(actor, mode);

    /// <summary>Stops this actor after the message in hand.</summary>
    public void StopSelf() => cell.System.Stop(Self);

    /// <summary>
    /// Sends this actor <paramref name="map"/>'s message once when <paramref name="actor"/> has stopped for good, or at once if it has
    /// stopped already (Akka's WatchWith). The message needs no room in the mailbox. Watching twice replaces the map.
    /// </summary>
    public void Watch(ActorRef actor, Func<Terminated, TMessage> map)
    {
        ArgumentNullException.ThrowIfNull(actor);
        ArgumentNullException.ThrowIfNull(map);
        Unwatch(actor);
        var watch = new Watch<TMessage>(cell, actor, map);
        watches.Add(actor, watch);
        actor.Cell.AddWatcher(watch);
    }

    /// <summary>Takes a watch back; its message does not come any more.</summary>
    public void Unwatch(ActorRef actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        if (watches.Remove(actor, out var watch))
            actor.Cell.RemoveWatcher(watch);
    }

    internal void UnwatchAll()
    {
        foreach (var watch in watches.Values)
            watch.Subject.Cell.RemoveWatcher(watch);
        watches.Clear();
    }

    /// <summary>False when the watch was taken back while its signal was on the way.</summary>
    internal bool TryEnd(Watch<TMessage> watch)
        => watches.TryGetValue(watch.Subject, out var current) && ReferenceEquals(current, watch) && watches.Remove(watch.Subject);
}
