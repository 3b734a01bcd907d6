namespace UnifiedVlm.Storage.Schema;

/// <summary>How a migration waits for locks that others hold.</summary>
internal sealed record MigratorOptions
{
    /// <summary>
    /// Of one attempt for one lock. What comes to the table meanwhile queues behind the migration, so this is for how long a running cluster stands still at worst.
    /// </summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Attempts go on for so long after the first that failed.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>After the first attempt, twice that after each further one up to <see cref="LongestPause"/>; half of it is drawn by lot. Who has queued gets through meanwhile.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The server ends a migration whose client has said nothing for so long between two statements: others wait for their turn, and running nodes for its locks.</summary>
    public TimeSpan IdleLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <param name="attempts">That have failed.</param>
    public TimeSpan Pause(int attempts)
    {
        var longest = Math.Min(FirstPause.TotalMilliseconds * Math.Pow(2, Math.Min(attempts - 1, 20)), LongestPause.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(longest * (1 + Random.Shared.NextDouble()) / 2);
    }
}
