namespace UnifiedVlm.Actors.Device.Pool;

/// <summary>Every knob of a pool of devices, with its unit.</summary>
public sealed record PoolOptions
{
    /// <summary>How long a query may wait for room where a device on another node is there: its credit comes over the network. Then it is refused.</summary>
    public TimeSpan QueryPatience { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Whether documents wait for a device to come where there is none; else they fail, for whoever sent them to find another.</summary>
    public bool WaitsForDevices { get; init; } = true;

    /// <summary>A device that failed is not given anything for so long; it doubles up to <see cref="MaxBackoff"/> until it answers.</summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often unanswered work is looked at.</summary>
    public TimeSpan WatchInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>An answer that takes so many times as long as expected is late, while other devices answer.</summary>
    public double SlowFactor { get; init; } = 5;

    /// <summary>No answer is late before.</summary>
    public TimeSpan SlowAfter { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A document with which a device was lost so many times, with nothing beside it, fails.</summary>
    public int MaxLossesAlone { get; init; } = 2;

    /// <summary>A document that has been given on so often fails, whatever the reasons were.</summary>
    public int MaxMoves { get; init; } = 20;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(QueryPatience, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(MinBackoff, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBackoff, MinBackoff);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(WatchInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(SlowFactor, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(SlowAfter, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxLossesAlone, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxMoves, 1);
    }
}
