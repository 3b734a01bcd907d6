namespace UnifiedVlm.Actors.Device.Pool;

/// <summary>What a pool knows of one of its devices. Guarded by the pool's gate.</summary>
internal sealed class PoolMember(PooledDevice device, TimeProvider time)
{
    private readonly SpeedEstimate speed = new(time);
    private long asideUntil = long.MinValue;
    private int failuresInRow;

    public PooledDevice Device => device;

    public HashSet<PoolAttempt> Attempts { get; } = [];

    public int Generations { get; set; }

    /// <summary>Timestamp of its last answer.</summary>
    public long LastAnswer { get; private set; } = long.MinValue;

    /// <summary>Others answer and this one does not.</summary>
    public bool IsLate { get; set; }

    public long Answered { get; private set; }

    public long Moved { get; set; }

    public long TimesAside { get; private set; }

    public double TokensPerSecond => speed.TokensPerSecond;

    public bool IsAside => IsLate || time.GetTimestamp() < asideUntil;

    public bool IsOpen => !IsAside && device.State == PooledDeviceState.Ready;

    public long Tokens(EncodePriority priority) => Attempts.Sum(a => a.Work.Priority == priority ? (long)a.Work.Tokens : 0);

    public void Begin(PoolAttempt attempt)
    {
        if (Attempts.Count == 0)
            speed.Begin();
        Attempts.Add(attempt);
        attempt.Work.Attempts.Add(attempt);
    }

    public void End(PoolAttempt attempt, bool isAnswer)
    {
        Attempts.Remove(attempt);
        attempt.Work.Attempts.Remove(attempt);
        if (!isAnswer)
            return;
        speed.Answered(attempt.Work.Tokens);
        Answered++;
        HasAnswered();
    }

    /// <returns>Whether it had been taken for late.</returns>
    public bool HasAnswered()
    {
        var wasLate = IsLate;
        (IsLate, failuresInRow, LastAnswer) = (false, 0, time.GetTimestamp());
        return wasLate;
    }

    /// <returns>For how long.</returns>
    public TimeSpan SetAside(PoolOptions options)
    {
        var pause = TimeSpan.FromTicks((long)Math.Min(options.MaxBackoff.Ticks, options.MinBackoff.Ticks * Math.Pow(2, failuresInRow)));
        failuresInRow++;
        TimesAside++;
        IsLate = false;
        asideUntil = time.GetTimestamp() + (long)(pause.TotalSeconds * time.TimestampFrequency);
        return pause;
    }
}
