namespace UnifiedVlm.Streams.Pipeline;

/// <summary>
/// Finds the document that the device does not come back with. Documents wait for their turn as long as they must; only the oldest one's clock
/// runs, from the moment it became the oldest. So a slow device blames nobody, and one that stands still is blamed on one document at a time.
/// Longer stretches in which this process itself stood still (stopped, or its container paused) count against nobody. Thread-safe.
/// </summary>
/// <param name="stillness">So long without <see cref="Check"/> means that the process stood still.</param>
internal sealed class EncodeWatchdog(TimeProvider time, TimeSpan stillness)
{
    private readonly Lock gate = new();
    private readonly LinkedList<Ward> oldestFirst = [];
    private long headSince;
    private long checkedAt = time.GetTimestamp();
    private int stuckInRow;

    /// <summary>Stuck documents since the last success.</summary>
    public int StuckInRow => Volatile.Read(ref stuckInRow);

    /// <param name="timeout">How long it may be the oldest.</param>
    public Ward Watch(CancellationTokenSource cancellation, TimeSpan timeout)
    {
        var ward = new Ward(cancellation, timeout);
        lock (gate)
        {
            if (oldestFirst.Count == 0)
                headSince = time.GetTimestamp();
            oldestFirst.AddLast(ward.Node);
        }

        return ward;
    }

    public void Release(Ward ward, bool succeeded)
    {
        lock (gate)
        {
            if (succeeded)
                stuckInRow = 0;
            if (ward.Node.List is not null)
                Remove(ward);
        }
    }

    /// <summary>There is no device: the oldest document's time begins anew when there is one.</summary>
    public void Rest()
    {
        lock (gate)
            headSince = time.GetTimestamp();
    }

    /// <summary>Ends the wait for the oldest document if it had its time.</summary>
    public void Check()
    {
        Ward stuck;
        lock (gate)
        {
            var stoodStill = time.GetElapsedTime(checkedAt) >= stillness;
            checkedAt = time.GetTimestamp();
            if (stoodStill)
                headSince = checkedAt;
            if (oldestFirst.First is not { } head || time.GetElapsedTime(headSince) < head.Value.Timeout)
                return;
            stuck = head.Value;
            stuck.IsStuck = true;
            stuckInRow++;
            Remove(stuck);
        }

        try
        {
            stuck.Cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has been answered in this very moment.
        }
    }

    private void Remove(Ward ward)
    {
        if (ward.Node == oldestFirst.First)
            headSince = time.GetTimestamp();
        oldestFirst.Remove(ward.Node);
    }

    /// <summary>One document at the device.</summary>
    internal sealed class Ward
    {
        public Ward(CancellationTokenSource cancellation, TimeSpan timeout)
        {
            Cancellation = cancellation;
            Timeout = timeout;
            Node = new LinkedListNode<Ward>(this);
        }

        public CancellationTokenSource Cancellation { get; }

        public TimeSpan Timeout { get; }

        public LinkedListNode<Ward> Node { get; }

        public bool IsStuck { get; set; }
    }
}
