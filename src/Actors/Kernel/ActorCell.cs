namespace UnifiedVlm.Actors.Kernel;

/// <summary>
/// An actor's place in the tree: its name, its children, its watchers, the signals it has not handled yet. It outlives the actor's instances.
/// </summary>
internal abstract class ActorCell(ActorSystem system, ActorCell? parent, string name)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, ActorCell> children = [];
    private readonly List<Watch> watchers = [];

    // Bounded by what can be outstanding: a failure and an end for each child and watch, one entry for each timer, one back-off.
    private readonly Queue<Signal> signals = new();
    private readonly TaskCompletionSource termination = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool closed;
    private bool barren;
    private SignalKind? stopRequested;
    private volatile bool signalled;

    public ActorSystem System { get; } = system;

    public ActorCell? Parent { get; } = parent;

    public string Name { get; } = name;

    public string Path { get; } = $"{parent?.Path ?? system.Name}/{name}";

    public abstract ActorRef Ref { get; }

    /// <summary>Ends when the actor has stopped for good. Never faults.</summary>
    public Task Termination => termination.Task;

    /// <summary>What the actor died of, once it has stopped.</summary>
    public Exception? Failure { get; protected set; }

    public long Processed => Interlocked.Read(ref processed);

    public long Failed => Interlocked.Read(ref failed);

    public long Restarts => Interlocked.Read(ref restarts);

    public abstract int MailboxDepth { get; }

    public abstract int MailboxCapacity { get; }

    public abstract int PendingAsks { get; }

    /// <summary>Actors below, in no order.</summary>
    public ActorCell[] Children
    {
        get
        {
            lock (gate)
                return [.. children.Values];
        }
    }

    protected long processed;
    protected long failed;
    protected long restarts;

    protected bool HasSignals => signalled;

    public abstract void Start();

    public void Post(Signal signal)
    {
        lock (gate)
        {
            if (closed)
                return;
            if (signal.Kind is SignalKind.Stop or SignalKind.Drain)
            {
                // Stopping may be asked for any number of times; a plain stop after a drain still counts.
                if (stopRequested is SignalKind.Stop || stopRequested == signal.Kind)
                    return;
                stopRequested = signal.Kind;
            }

            signals.Enqueue(signal);
            signalled = true;
        }

        Wake();
    }

    public void AddChild(ActorCell child)
    {
        lock (gate)
        {
            if (closed || barren)
                throw new ActorStoppedException(Path);
            if (!children.TryAdd(child.Name, child))
                throw new ArgumentException($"name: {Path} already has a child named '{child.Name}'. Choose another name.");
        }
    }

    /// <summary>Whether new children are taken: a life that ends must not leave any behind.</summary>
    protected void AcceptChildren(bool accepted)
    {
        lock (gate)
            barren = !accepted;
    }

    public void RemoveChild(ActorCell child)
    {
        lock (gate)
            children.Remove(child.Name);
    }

    public void AddWatcher(Watch watch)
    {
        lock (gate)
        {
            if (!closed)
            {
                watchers.Add(watch);
                return;
            }
        }

        watch.Watcher.Post(new Signal(SignalKind.Terminated, watch, Failure));
    }

    public void RemoveWatcher(Watch watch)
    {
        lock (gate)
            watchers.Remove(watch);
    }

    protected abstract void Wake();

    protected bool TryTakeSignal(out Signal signal)
    {
        lock (gate)
        {
            if (signals.TryDequeue(out signal))
                return true;
            signalled = false;
            return false;
        }
    }

    /// <summary>The last step: nobody can reach the actor afterwards, and everyone who cares is told.</summary>
    protected void Close()
    {
        Watch[] told;
        lock (gate)
        {
            closed = true;
            signals.Clear();
            told = [.. watchers];
            watchers.Clear();
        }

        if (Parent is null)
            System.RemoveRoot(this);
        else
            Parent.RemoveChild(this);
        foreach (var watch in told)
            watch.Watcher.Post(new Signal(SignalKind.Terminated, watch, Failure));
        termination.TrySetResult();
    }
}
