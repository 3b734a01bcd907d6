namespace UnifiedVlm.Streams.Pipeline;

/// <summary>The next records of one lane to be written together. Used by one loop.</summary>
internal sealed class WriteBatch(PartitionLane lane, PipelineContext context)
{
    private readonly List<InFlightRecord> records = new(context.Options.WriteBatchRecords);
    private long bytes;
    private bool isFull;
    // Outlives a linger that ended first: a channel reader should not be waited for twice.
    private Task<bool>? more;

    public IReadOnlyList<InFlightRecord> Records => records;

    /// <summary>Waits for a first record, then for others while they may come and there is room and time for them.</summary>
    /// <returns>False when the lane is closed.</returns>
    public async Task<bool> FillAsync()
    {
        Task? linger = null;
        while (!lane.IsClosed)
        {
            TakeWhatIsThere();
            // Nothing else of the partition is on its way: waiting would only delay.
            if (isFull || (records.Count > 0 && lane.InFlight <= records.Count))
                return true;
            more ??= lane.Ready.WaitToReadAsync(context.Aborted).AsTask();
            if (records.Count > 0)
            {
                linger ??= Task.Delay(context.Options.WriteLinger, context.Time, context.Aborted);
                if (await Task.WhenAny(more, linger).ConfigureAwait(false) == linger)
                {
                    await linger.ConfigureAwait(false);
                    return true;
                }
            }

            var open = await more.ConfigureAwait(false);
            more = null;
            if (!open)
                return false;
        }

        return false;
    }

    /// <summary>Makes room for the next batch. What was taken and not written, because the lane was closed, is given up.</summary>
    public void Clear()
    {
        foreach (var record in records)
            lane.Drop(record);
        records.Clear();
        bytes = 0;
        isFull = false;
    }

    /// <summary>Gives up what was taken and what is left in the lane.</summary>
    public void DropRest()
    {
        Clear();
        while (lane.Ready.TryRead(out var record))
            lane.Drop(record);
    }

    private void TakeWhatIsThere()
    {
        while (!isFull && lane.Ready.TryPeek(out var next))
        {
            if (records.Count > 0 && bytes + next.HeldBytes > context.Options.WriteBatchBytes)
            {
                isFull = true;
                return;
            }

            lane.Ready.TryRead(out _);
            records.Add(next);
            bytes += next.HeldBytes;
            isFull = records.Count >= context.Options.WriteBatchRecords || bytes >= context.Options.WriteBatchBytes;
        }
    }
}
