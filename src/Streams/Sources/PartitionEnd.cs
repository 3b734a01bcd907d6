namespace UnifiedVlm.Streams.Sources;

/// <summary>Why a partition's intake is closed.</summary>
public enum PartitionEnd
{
    /// <summary>The source gave it up.</summary>
    Revoked = 0,

    /// <summary>The store refused a write: another owner holds the partition.</summary>
    Fenced = 1,

    /// <summary>The pipeline has stopped or failed.</summary>
    Stopped = 2,
}
