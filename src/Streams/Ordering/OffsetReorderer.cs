namespace UnifiedVlm.Streams.Ordering;

/// <summary>
/// Puts what finishes out of order back into the order it was read in. Offsets are registered as they are read, so a log with gaps
/// (compacted records, transaction markers) needs no special care: a run is contiguous when nothing that was read is missing.
/// Not thread-safe: its partition's lock guards it.
/// </summary>
/// <typeparam name="T">The outcome of a record.</typeparam>
public sealed class OffsetReorderer<T>
{
    private readonly Queue<long> order = new();
    private readonly Dictionary<long, T> finished = [];
    private long lastRegistered = -1;

    /// <summary>Records registered and not yet drained.</summary>
    public int Pending => order.Count;

    /// <summary>Records finished that wait for an earlier one.</summary>
    public int Held => finished.Count;

    /// <exception cref="InvalidOperationException">The offset does not come after the one registered before it.</exception>
    public void Register(long offset)
    {
        if (offset <= lastRegistered)
            throw new InvalidOperationException($"Offset {offset} was registered after offset {lastRegistered}.");
        lastRegistered = offset;
        order.Enqueue(offset);
    }

    /// <exception cref="InvalidOperationException">The offset is not pending, or finished before.</exception>
    public void Complete(long offset, T outcome)
    {
        if (order.Count == 0 || offset < order.Peek() || offset > lastRegistered || !finished.TryAdd(offset, outcome))
            throw new InvalidOperationException($"Offset {offset} is not pending.");
    }

    /// <summary>Takes the next outcome in order, when it is there.</summary>
    public bool TryTake(out T outcome)
    {
        if (order.Count == 0 || !finished.Remove(order.Peek(), out outcome!))
        {
            outcome = default!;
            return false;
        }

        order.Dequeue();
        return true;
    }

    /// <summary>Gives up: takes everything that is finished, in no order. Nothing more may be registered or completed.</summary>
    public IReadOnlyList<T> Abandon()
    {
        T[] rest = [.. finished.Values];
        finished.Clear();
        order.Clear();
        lastRegistered = long.MaxValue;
        return rest;
    }
}
