namespace UnifiedVlm.Server.Indexing;

/// <summary>Holds work back to so much a second, over the whole of it: what was late is made up for, so a pause is followed by a burst of a second's worth at most.</summary>
/// <param name="perSecond">0: not at all.</param>
internal sealed class Pace(int perSecond, TimeProvider time)
{
    private long due = time.GetTimestamp();

    /// <summary>Returns when so much may have been done.</summary>
    public async Task WaitAsync(int done, CancellationToken cancellationToken)
    {
        if (perSecond == 0)
            return;
        var now = time.GetTimestamp();
        due = Math.Max(due, now - time.TimestampFrequency) + (long)((double)done / perSecond * time.TimestampFrequency);
        if (due > now)
            await Task.Delay(time.GetElapsedTime(now, due), time, cancellationToken);
    }
}
