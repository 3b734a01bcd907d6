namespace UnifiedVlm.Actors.Device;

/// <summary>What one priority has done. Written by the device thread, read by any.</summary>
internal sealed class LaneCounters(DeviceOptions options)
{
    private long documents;
    private long failed;
    private long abandoned;
    private long batches;
    private long useful;
    private long padded;
    private long ticks;

    public long Documents => Interlocked.Read(ref documents);

    public long Failed => Interlocked.Read(ref failed);

    public long Abandoned => Interlocked.Read(ref abandoned);

    public long Batches => Interlocked.Read(ref batches);

    public long UsefulTokens => Interlocked.Read(ref useful);

    public long PaddedTokens => Interlocked.Read(ref padded);

    public TimeSpan Time => TimeSpan.FromTicks(Interlocked.Read(ref ticks));

    public void AddBatch(EncodeWork[] batch)
    {
        var longest = batch.Max(static work => work.Length);
        Interlocked.Increment(ref batches);
        Interlocked.Add(ref documents, batch.Length);
        var tokens = batch.Sum(static work => (long)work.Tokens);
        Interlocked.Add(ref useful, tokens);
        Interlocked.Add(ref padded, (long)BatchPlanner.Cost(tokens, batch.Sum(static work => (long)work.Rows), longest, options));
    }

    public void AddTime(TimeSpan time) => Interlocked.Add(ref ticks, time.Ticks);

    public void AddFailed() => Interlocked.Increment(ref failed);

    public void AddAbandoned() => Interlocked.Increment(ref abandoned);
}
