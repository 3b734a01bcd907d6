using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Streams.Telemetry;

/// <summary>The running totals behind <see cref="PipelineTotals"/>. Thread-safe.</summary>
internal sealed class PipelineCounters
{
    private long records;
    private long bytes;
    private long upserted;
    private long unchanged;
    private long stale;
    private long deleted;
    private long deadLettered;
    private long lostRanges;
    private long dropped;
    private long writeRetries;

    public long WriteRetries => Interlocked.Read(ref writeRetries);

    public void Read(long size)
    {
        Interlocked.Increment(ref records);
        Interlocked.Add(ref bytes, size);
    }

    public void Written(WriteSummary summary)
    {
        Interlocked.Add(ref upserted, summary.Upserted);
        Interlocked.Add(ref unchanged, summary.Unchanged);
        Interlocked.Add(ref stale, summary.Stale);
        Interlocked.Add(ref deleted, summary.Deleted);
        Interlocked.Add(ref deadLettered, summary.DeadLettered);
    }

    public void LostRange() => Interlocked.Increment(ref lostRanges);

    public void Dropped(int count) => Interlocked.Add(ref dropped, count);

    public void WriteRetried() => Interlocked.Increment(ref writeRetries);

    public PipelineTotals Snapshot() => new(
        Interlocked.Read(ref records),
        Interlocked.Read(ref bytes),
        Interlocked.Read(ref upserted),
        Interlocked.Read(ref unchanged),
        Interlocked.Read(ref stale),
        Interlocked.Read(ref deleted),
        Interlocked.Read(ref deadLettered),
        Interlocked.Read(ref lostRanges),
        Interlocked.Read(ref dropped));
}
