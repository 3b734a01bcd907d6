namespace UnifiedVlm.Storage.Cluster;

/// <summary>How fast a cluster notices that a node has gone, against what that costs the database.</summary>
public sealed record MembershipOptions
{
    /// <summary>Between two beats.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Without a beat for so long a node is taken for dead.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Who asks for the members again so soon after somebody else has gets what that one got.</summary>
    public TimeSpan LookInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Every so many beats the rows of the long dead are removed.</summary>
    public int BeatsPerForgetting { get; init; } = 600;

    /// <exception cref="ArgumentOutOfRangeException">Such a node would be taken for dead between its beats.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Interval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(Lifetime, 2 * Interval);
        ArgumentOutOfRangeException.ThrowIfLessThan(BeatsPerForgetting, 1);
    }
}
