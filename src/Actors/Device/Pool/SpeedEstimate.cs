namespace UnifiedVlm.Actors.Device.Pool;

/// <summary>Tokens a second while there was work, the recent past counting most. Guarded by its owner.</summary>
internal sealed class SpeedEstimate(TimeProvider time)
{
    private const double MemorySeconds = 10;

    private double tokens;
    private double seconds;
    private long since;

    /// <summary>0 before the first answer.</summary>
    public double TokensPerSecond => seconds > 0 ? tokens / seconds : 0;

    /// <summary>There is work from now on.</summary>
    public void Begin() => since = time.GetTimestamp();

    public void Answered(int count)
    {
        var now = time.GetTimestamp();
        var passed = time.GetElapsedTime(since, now).TotalSeconds;
        var kept = Math.Exp(-passed / MemorySeconds);
        (tokens, seconds, since) = ((tokens * kept) + count, (seconds * kept) + passed, now);
    }
}
