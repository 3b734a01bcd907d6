namespace UnifiedVlm.Actors.Kernel;

/// <summary>
/// A budget of one resource (bytes, tokens): callers take credit before they bring work and the worker gives it back. First come, first
/// served, so a large request is not starved by small ones. A request beyond the whole budget is granted alone. Thread-safe.
/// </summary>
public sealed class CreditPool
{
    private readonly Lock gate = new();

    // One entry for each caller that is suspended in AcquireAsync: the callers bound it.
    private readonly LinkedList<Waiter> waiters = new();
    private Exception? closed;
    private long used;

    public CreditPool(long capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        Capacity = capacity;
    }

    public long Capacity { get; }

    /// <summary>Credit given out now.</summary>
    public long Used => Interlocked.Read(ref used);

    /// <summary>Callers waiting for credit.</summary>
    public int Waiting
    {
        get
        {
            lock (gate)
                return waiters.Count;
        }
    }

    /// <summary>Whether so much is free now, whoever waits for it.</summary>
    public bool HasRoom(long amount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        lock (gate)
            return Fits(amount);
    }

    /// <summary>Takes credit if it is there and nobody waits before.</summary>
    public bool TryAcquire(long amount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        lock (gate)
        {
            if (closed is not null || waiters.Count > 0 || !Fits(amount))
                return false;
            used += Charge(amount);
            return true;
        }
    }

    /// <summary>Waits for credit.</summary>
    /// <exception cref="OperationCanceledException">Nothing was taken.</exception>
    public ValueTask AcquireAsync(long amount, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);

        Waiter waiter;
        lock (gate)
        {
            if (closed is not null)
                return ValueTask.FromException(closed);
            if (waiters.Count == 0 && Fits(amount))
            {
                used += Charge(amount);
                return ValueTask.CompletedTask;
            }

            waiter = new Waiter(this, amount);
            waiter.Node = waiters.AddLast(waiter);
        }

        // Outside the lock: a token that fires at once runs the callback here.
        waiter.Watch(cancellationToken);
        return new ValueTask(waiter.Task);
    }

    /// <summary>Gives back what an acquisition of the same amount took.</summary>
    public void Release(long amount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        lock (gate)
        {
            used -= Charge(amount);
            if (used < 0)
            {
                used = 0;
                throw new InvalidOperationException("More credit was released than had been acquired.");
            }

            Grant();
        }
    }

    /// <summary>Fails everyone who waits or comes later with <paramref name="reason"/>; credit given out can still be released.</summary>
    public void Close(Exception reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        lock (gate)
        {
            closed ??= reason;
            foreach (var waiter in waiters)
                waiter.TrySetException(closed);
            waiters.Clear();
        }
    }

    private long Charge(long amount) => Math.Min(amount, Capacity);

    private bool Fits(long amount) => used + Charge(amount) <= Capacity;

    private void Grant()
    {
        while (waiters.First is { } node && Fits(node.Value.Amount))
        {
            waiters.RemoveFirst();
            used += Charge(node.Value.Amount);
            node.Value.TrySetResult();
        }
    }

    private void Cancel(Waiter waiter, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (waiter.Node?.List is null)
                return;
            waiters.Remove(waiter.Node);
            Grant();
        }

        waiter.TrySetCanceled(cancellationToken);
    }

    private sealed class Waiter(CreditPool pool, long amount) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Amount { get; } = amount;

        public LinkedListNode<Waiter>? Node { get; set; }

        public void Watch(CancellationToken cancellationToken)
        {
            if (!cancellationToken.CanBeCanceled)
                return;
            var registration = cancellationToken.UnsafeRegister(
                static (state, token) =>
                {
                    var waiter = (Waiter)state!;
                    waiter.Owner.Cancel(waiter, token);
                },
                this);
            _ = Task.ContinueWith(
                static (_, state) => ((CancellationTokenRegistration)state!).Dispose(),
                registration,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }

        private CreditPool Owner => pool;
    }
}
