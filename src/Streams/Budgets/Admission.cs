namespace UnifiedVlm.Streams.Budgets;

/// <summary>Several budgets that one item is charged to, always in the same order, all or none. Thread-safe.</summary>
internal sealed class Admission(Budget[] perItem, Budget[] perByte)
{
    /// <summary>Takes everything if it is there at once.</summary>
    public bool TryAcquire(long bytes)
    {
        var taken = 0;
        while (taken < Count && At(taken).TryAcquire(Amount(taken, bytes)))
            taken++;
        if (taken == Count)
            return true;
        ReleaseFirst(taken, bytes);
        return false;
    }

    /// <summary>Takes everything, waiting where it has to. A cancelled caller has taken nothing.</summary>
    public async Task AcquireAsync(long bytes, CancellationToken cancellationToken)
    {
        var taken = 0;
        try
        {
            for (; taken < Count; taken++)
                await At(taken).AcquireAsync(Amount(taken, bytes), cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            ReleaseFirst(taken, bytes);
            throw;
        }
    }

    /// <summary>Charges an item that is not asked for admission.</summary>
    public void Charge(long bytes)
    {
        for (var i = 0; i < Count; i++)
            At(i).Charge(Amount(i, bytes));
    }

    public void Release(long bytes) => ReleaseFirst(Count, bytes);

    private int Count => perItem.Length + perByte.Length;

    private Budget At(int index) => index < perItem.Length ? perItem[index] : perByte[index - perItem.Length];

    private long Amount(int index, long bytes) => index < perItem.Length ? 1 : bytes;

    private void ReleaseFirst(int count, long bytes)
    {
        for (var i = count - 1; i >= 0; i--)
            At(i).Release(Amount(i, bytes));
    }
}
