namespace UnifiedVlm.Storage.Ingest;

/// <summary>How a record's version stands to the stored one.</summary>
internal enum VersionOrder
{
    Older,
    Same,
    Newer,

    /// <summary>Numbers of different rules can't be compared.</summary>
    OtherRule,

    /// <summary>Nor can offsets of different partitions.</summary>
    OtherPartition,
}
