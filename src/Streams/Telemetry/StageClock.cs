namespace UnifiedVlm.Streams.Telemetry;

/// <summary>How long a stage was at work: the sum over its workers and the time during which at least one was.</summary>
internal sealed class StageClock(PipelineStage stage, TimeProvider time)
{
    private readonly Lock gate = new();
    private long busy;
    private long active;
    private long activeSince;
    private long items;
    private int workers;

    /// <summary>Marks a worker as at work.</summary>
    /// <returns>The timestamp to hand to <see cref="Exit"/>.</returns>
    public long Enter()
    {
        var now = time.GetTimestamp();
        lock (gate)
        {
            if (workers++ == 0)
                activeSince = now;
        }

        return now;
    }

    /// <summary>Marks a worker as done with <paramref name="count"/> items.</summary>
    public void Exit(long entered, int count = 1)
    {
        var now = time.GetTimestamp();
        lock (gate)
        {
            busy += now - entered;
            items += count;
            if (--workers == 0)
                active += now - activeSince;
        }
    }

    public StageStatus Snapshot()
    {
        lock (gate)
        {
            var running = workers == 0 ? 0 : time.GetTimestamp() - activeSince;
            return new StageStatus(stage, items, workers, Span(busy), Span(active + running));
        }
    }

    private TimeSpan Span(long ticks) => time.GetElapsedTime(0, ticks);
}
