namespace UnifiedVlm.Streams.Budgets;

/// <summary>
/// Credits for one bounded resource (bytes, records). Who does not fit waits in line, first come first served. Once full it stays shut until the
/// use has fallen to the resume mark, so that partitions are not paused and resumed for every single record. An item larger than the
/// whole budget passes alone. Thread-safe.
/// </summary>
public sealed class Budget
{
    private readonly Lock gate = new();
    private readonly LinkedList<Waiter> line = [];
    private readonly long resumeMark;
    private TaskCompletionSource? empty;
    private long inUse;
    private long peak;
    private bool shut;

    /// <param name="name">What is budgeted, as the gauge and the status show it.</param>
    /// <param name="capacity">Credits in all.</param>
    /// <param name="resumeAt">Share of the capacity in use at which a full budget opens again; 1 opens at once.</param>
    public Budget(string name, long capacity, double resumeAt = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(resumeAt, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(resumeAt, 1);
        Name = name;
        Capacity = capacity;
        resumeMark = (long)(capacity * resumeAt);
    }

    public string Name { get; }

    public long Capacity { get; }

    public long InUse
    {
        get
        {
            lock (gate)
                return inUse;
        }
    }

    /// <summary>The highest use ever seen.</summary>
    public long Peak
    {
        get
        {
            lock (gate)
                return peak;
        }
    }

    public int Waiting
    {
        get
        {
            lock (gate)
                return line.Count;
        }
    }

    /// <summary>Takes credits if they are there and nobody waits for them.</summary>
    public bool TryAcquire(long amount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        lock (gate)
        {
            if (line.Count > 0 || shut || !Fits(amount))
                return false;
            Take(amount);
            return true;
        }
    }

    /// <summary>Takes credits now or waits for them. A cancelled waiter has taken nothing.</summary>
    public ValueTask AcquireAsync(long amount, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        Waiter waiter;
        lock (gate)
        {
            if (line.Count == 0 && !shut && Fits(amount))
            {
                Take(amount);
                return ValueTask.CompletedTask;
            }

            shut = true;
            waiter = new Waiter(amount);
            line.AddLast(waiter.Node);
        }

        return new ValueTask(waiter.WaitAsync(this, cancellationToken));
    }

    /// <summary>Takes credits whether or not they are there: for what turned out larger than was estimated, once it exists.</summary>
    public void Charge(long amount)
    {
        lock (gate)
            Take(amount);
    }

    public void Release(long amount)
    {
        lock (gate)
        {
            if (amount < 0 || amount > inUse)
                throw new InvalidOperationException($"Budget '{Name}': {amount} released with {inUse} in use.");
            inUse -= amount;
            Serve();
            if (inUse == 0)
                empty?.TrySetResult();
        }
    }

    /// <summary>Ends when nothing is in use.</summary>
    public Task WhenEmptyAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (inUse == 0)
                return Task.CompletedTask;
            if (empty is null || empty.Task.IsCompleted)
                empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return empty.Task.WaitAsync(cancellationToken);
        }
    }

    private bool Fits(long amount) => inUse + amount <= Capacity || inUse == 0;

    private void Take(long amount)
    {
        inUse += amount;
        peak = Math.Max(peak, inUse);
    }

    private void Serve()
    {
        if (shut && inUse <= resumeMark)
            shut = false;
        while (!shut && line.First is { } first)
        {
            if (!Fits(first.Value.Amount))
            {
                shut = true;
                return;
            }

            line.RemoveFirst();
            Take(first.Value.Amount);
            first.Value.Grant();
        }
    }

    private void Abandon(Waiter waiter, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            // Granted in the meantime: the credits are the caller's, and its await succeeds.
            if (waiter.Node.List is null)
                return;
            line.Remove(waiter.Node);
            waiter.Cancel(cancellationToken);
            Serve();
        }
    }

    private sealed class Waiter
    {
        private readonly TaskCompletionSource granted = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Waiter(long amount)
        {
            Amount = amount;
            Node = new LinkedListNode<Waiter>(this);
        }

        public long Amount { get; }

        public LinkedListNode<Waiter> Node { get; }

        public void Grant() => granted.TrySetResult();

        public void Cancel(CancellationToken cancellationToken) => granted.TrySetCanceled(cancellationToken);

        public async Task WaitAsync(Budget budget, CancellationToken cancellationToken)
        {
            using var registration = cancellationToken.UnsafeRegister(
                static (state, token) =>
                {
                    var (budget, waiter) = ((Budget, Waiter))state!;
                    budget.Abandon(waiter, token);
                },
                (budget, this));
            await granted.Task.ConfigureAwait(false);
        }
    }
}
