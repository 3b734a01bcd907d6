namespace UnifiedVlm.Streams.Pipeline;

/// <summary>
/// A limit on the time in which this process works: as long as it stands still itself (stopped, or its container paused), no more than an eighth of it passes.
/// </summary>
internal sealed class WorkingTimeLimit : IDisposable
{
    private const int Slices = 8;

    // Has neither timer nor wait handle, so there is nothing to dispose of; the timer's last call may come late.
    private readonly CancellationTokenSource over = new();
    private readonly ITimer timer;
    private int passed;

    public WorkingTimeLimit(TimeSpan limit, TimeProvider time)
    {
        // A period below a millisecond is none to a timer, and would never be over.
        var slice = TimeSpan.FromTicks(Math.Max(limit.Ticks / Slices, TimeSpan.TicksPerMillisecond));
        timer = time.CreateTimer(static limit => ((WorkingTimeLimit)limit!).Pass(), this, slice, slice);
    }

    /// <summary>Cancelled when the time is over.</summary>
    public CancellationToken Over => over.Token;

    public void Dispose() => timer.Dispose();

    private void Pass()
    {
        if (Interlocked.Increment(ref passed) == Slices)
            over.Cancel();
    }
}
