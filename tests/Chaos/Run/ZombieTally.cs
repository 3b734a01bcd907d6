namespace UnifiedVlm.Chaos.Run;

/// <summary>What became of nodes that stood still for longer than their session and went on.</summary>
internal sealed class ZombieTally
{
    public int Woken { get; set; }

    /// <summary>A write of theirs was refused at the fence.</summary>
    public int Refused { get; set; }

    /// <summary>They gave their partitions up before they came to write.</summary>
    public int GaveUp => Woken - Refused;
}
