namespace UnifiedVlm.Streams.Sources;

/// <summary>One pushed record.</summary>
/// <param name="Offset">Its id in the table.</param>
public sealed record InboxEntry(
    long Offset,
    ReadOnlyMemory<byte> Key,
    ReadOnlyMemory<byte>? Value,
    IReadOnlyList<KeyValuePair<string, byte[]>> Headers,
    DateTimeOffset ReceivedAt);
