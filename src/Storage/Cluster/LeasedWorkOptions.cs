namespace UnifiedVlm.Storage.Cluster;

/// <summary>Every knob of work that is done under a lease.</summary>
public sealed record LeasedWorkOptions
{
    /// <summary>How long a silent holder keeps it; it is renewed three times in that time.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often those who don't have it try to take it.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait after work that failed; the first is <see cref="Interval"/>, each further one twice as long.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Work that went on for longer before it failed had recovered: the next wait is the first again. Longer than an attempt takes that waits for others in vain.</summary>
    public TimeSpan Recovery { get; init; } = TimeSpan.FromMinutes(5);
}
