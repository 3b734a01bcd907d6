namespace UnifiedVlm.Storage.Ingest;

/// <summary>A record as its source gave it, for the dead letter that it may become and for the replay of that one.</summary>
/// <param name="Partition">Where it came from first: a replay does not change that.</param>
/// <param name="Offset">Its position there.</param>
/// <param name="Version">What the source says, for a document that names none itself. Null in dead letters that older programs wrote.</param>
/// <param name="Value">Null for a tombstone, and where no bytes say it all: a document that an importer made, a line that names files.</param>
public sealed record OriginalRecord(
    LogPartition Partition,
    long Offset,
    DocumentVersion? Version,
    ReadOnlyMemory<byte> Key,
    ReadOnlyMemory<byte>? Value,
    IReadOnlyList<KeyValuePair<string, byte[]>> Headers)
{
    /// <summary>Of documents that name none; null is the default one.</summary>
    public string? Collection { get; init; }

    /// <summary>False: the source held only the record's beginning, so that it can't be replayed.</summary>
    public bool IsWhole { get; init; } = true;

    /// <summary>How often it was replayed.</summary>
    public int Replays { get; init; }
}
