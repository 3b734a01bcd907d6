using UnifiedVlm.Chaos.Faults;

namespace UnifiedVlm.Chaos.Run;

/// <summary>What a run does.</summary>
internal sealed record ChaosOptions
{
    /// <summary>Of the first cycle; each one after it has the next.</summary>
    public int Seed { get; init; } = 1;

    public int Cycles { get; init; } = 100;

    /// <summary>They take turns by the cycle's seed.</summary>
    public IReadOnlyList<IFault> Faults { get; init; } = FaultCatalogue.All;

    public int Nodes { get; init; } = 2;

    public int Partitions { get; init; } = 4;

    /// <summary>0 to 1: the share of records that have to become dead letters.</summary>
    public double Poison { get; init; } = 0.05;

    /// <summary>Records a partition may have that are not stored.</summary>
    public int Ahead { get; init; } = 100;

    /// <summary>Everything is compared after so many cycles, and at the end.</summary>
    public int CheckEvery { get; init; } = 25;

    /// <summary>How long the broker waits for a node that is not heard of.</summary>
    public TimeSpan Session { get; init; } = TimeSpan.FromMilliseconds(1500);
}
