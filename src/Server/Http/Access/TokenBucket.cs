namespace UnifiedVlm.Server.Http.Access;

/// <summary>
/// So much a minute, filled evenly, a minute's worth at most. Unlike the one of System.Threading.RateLimiting it can be overdrawn, because what an answer
/// takes is known only afterwards: the debt is paid before the next one.
/// </summary>
internal sealed class TokenBucket(int perMinute, TimeProvider time)
{
    private readonly Lock gate = new();
    private double level = perMinute;
    private long filledAt = time.GetTimestamp();

    public int PerMinute { get; } = perMinute;

    /// <summary>Whole ones that are left; none while there is a debt.</summary>
    public int Left => (int)Math.Max(0, Math.Floor(Level()));

    public bool IsFull => Level() >= PerMinute;

    /// <summary>Until one is left.</summary>
    public TimeSpan UntilOne => TimeSpan.FromMinutes(Math.Max(0, 1 - Level()) / PerMinute);

    /// <summary>Until it is full.</summary>
    public TimeSpan UntilFull => TimeSpan.FromMinutes((PerMinute - Level()) / PerMinute);

    /// <returns>Whether there was one to take.</returns>
    public bool TryTake()
    {
        lock (gate)
        {
            if (Level() < 1)
                return false;
            level--;
            return true;
        }
    }

    /// <summary>Takes whether they are there or not.</summary>
    public void Charge(int amount)
    {
        lock (gate)
            level = Level() - amount;
    }

    private double Level()
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            level = Math.Min(PerMinute, level + (time.GetElapsedTime(filledAt, now).TotalMinutes * PerMinute));
            filledAt = now;
            return level;
        }
    }
}
