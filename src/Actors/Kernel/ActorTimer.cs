namespace UnifiedVlm.Actors.Kernel;

/// <summary>One timer; it has at most one signal on the way.</summary>
internal sealed class ActorTimer<TMessage>(ActorCell cell, object key, TMessage message, bool isPeriodic)
{
    private ITimer? timer;
    private int due;

    public object Key { get; } = key;

    public TMessage Message { get; } = message;

    public bool IsPeriodic { get; } = isPeriodic;

    /// <summary>The actor's turn of signals in which it was handled last.</summary>
    public long Turn { get; set; }

    public void Start(TimeProvider time, TimeSpan delay, TimeSpan interval)
        => timer = time.CreateTimer(static state => ((ActorTimer<TMessage>)state!).Fire(), this, delay, interval);

    public void Stop() => timer?.Dispose();

    public void Taken() => Volatile.Write(ref due, 0);

    private void Fire()
    {
        if (Interlocked.Exchange(ref due, 1) == 0)
            cell.Post(new Signal(SignalKind.Timer, this));
    }
}
