using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace UnifiedVlm.Actors.Kernel;

/// <summary>The root of a tree of actors: their clock, their logs, their meter, their common end.</summary>
public sealed class ActorSystem : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, ActorCell> roots = [];
    private readonly CancellationTokenSource abort = new();
    private readonly ActorMeter meter;
    private readonly TaskCompletionSource<Exception> failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool terminating;
    private long deadLetters;

    public ActorSystem(string name, ILoggerFactory? loggerFactory = null, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Name = name;
        LoggerFactory = loggerFactory ?? NullLoggerFactory.Instance;
        Time = time ?? TimeProvider.System;
        KernelLogger = LoggerFactory.CreateLogger("UnifiedVlm.Actors.Kernel");
        meter = new ActorMeter(this);
    }

    public string Name { get; }

    /// <summary>Messages that will never be processed: dropped by a full mailbox, or left in one whose actor stopped.</summary>
    public long DeadLetters => Interlocked.Read(ref deadLetters);

    /// <summary>Ends with the failure that an actor at the top escalated; the system is stopping then. A host waits for it and exits loudly.</summary>
    public Task<Exception> WhenFailed => failure.Task;

    /// <summary>The clock of timers, back-offs and ask timeouts.</summary>
    public TimeProvider Time { get; }

    public ILoggerFactory LoggerFactory { get; }

    internal ILogger KernelLogger { get; }

    internal CancellationToken Aborted => abort.Token;

    /// <summary>Starts an actor at the top.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public ActorRef<TMessage> Spawn<TMessage>(Props<TMessage> props, string name) => Spawn(this, parent: null, props, name);

    /// <summary>Lets an actor stop, after its children. It has stopped when its <see cref="ActorRef.WhenTerminated"/> has ended.</summary>
    public void Stop(ActorRef actor, StopMode mode = StopMode.AfterCurrent)
    {
        ArgumentNullException.ThrowIfNull(actor);
        actor.Cell.Post(new Signal(mode == StopMode.AfterMailbox ? SignalKind.Drain : SignalKind.Stop));
    }

    /// <summary>
    /// Stops all actors, children before parents, each after its message in hand. After <paramref name="timeout"/> the messages in hand are
    /// cancelled and have the same time again.
    /// </summary>
    /// <exception cref="TimeoutException">Some actors did not stop even then; names them.</exception>
    public async Task TerminateAsync(TimeSpan timeout)
    {
        var cells = BeginTermination();
        if (cells.Length > 0)
            KernelLog.Terminating(KernelLogger, Name, cells.Length);
        foreach (var cell in cells)
            cell.Post(new Signal(SignalKind.Stop));

        var stopped = Task.WhenAll(cells.Select(static cell => cell.Termination));
        if (!await EndsWithinAsync(stopped, timeout).ConfigureAwait(false))
        {
            KernelLog.Aborting(KernelLogger, Name, timeout);
            await abort.CancelAsync().ConfigureAwait(false);
            if (!await EndsWithinAsync(stopped, timeout).ConfigureAwait(false))
                throw new TimeoutException($"{Name}: did not stop: {string.Join(", ", Snapshot().Select(static cell => cell.Path))}.");
        }

        meter.Dispose();
    }

    /// <summary><see cref="TerminateAsync"/> with ten seconds of patience.</summary>
    public async ValueTask DisposeAsync() => await TerminateAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(false);

    internal static ActorRef<TMessage> Spawn<TMessage>(ActorSystem system, ActorCell? parent, Props<TMessage> props, string name)
    {
        ArgumentNullException.ThrowIfNull(props);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name.Contains('/', StringComparison.Ordinal))
            throw new ArgumentException($"name: '{name}' has a slash, which separates the names of a path. Choose another name.");
        props.Validate();

        var cell = new ActorCell<TMessage>(system, parent, name, props);
        if (parent is null)
            system.AddRoot(cell);
        else
            parent.AddChild(cell);
        cell.Start();
        return cell.Self;
    }

    internal void RemoveRoot(ActorCell cell)
    {
        lock (gate)
            roots.Remove(cell.Name);
    }

    internal void CountDeadLetter(string path)
    {
        Interlocked.Increment(ref deadLetters);
        KernelLog.DeadLetter(KernelLogger, path);
    }

    /// <summary>A failure that nobody decided: everything stops.</summary>
    internal void FailBy(ActorCell cell, Exception cause)
    {
        KernelLog.SystemFailed(KernelLogger, Name, cell.Path, cause);
        failure.TrySetResult(cause);
        foreach (var root in BeginTermination())
            root.Post(new Signal(SignalKind.Stop));
    }

    /// <summary>Every live actor.</summary>
    internal List<ActorCell> Snapshot()
    {
        var all = new List<ActorCell>();
        lock (gate)
            all.AddRange(roots.Values);
        for (var i = 0; i < all.Count; i++)
            all.AddRange(all[i].Children);
        return all;
    }

    private void AddRoot(ActorCell cell)
    {
        lock (gate)
        {
            if (terminating)
                throw new ActorStoppedException(Name);
            if (!roots.TryAdd(cell.Name, cell))
                throw new ArgumentException($"name: {Name} already has an actor named '{cell.Name}'. Choose another name.");
        }
    }

    private ActorCell[] BeginTermination()
    {
        lock (gate)
        {
            terminating = true;
            return [.. roots.Values];
        }
    }

    private async Task<bool> EndsWithinAsync(Task task, TimeSpan timeout)
    {
        try
        {
            await task.WaitAsync(timeout, Time).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
