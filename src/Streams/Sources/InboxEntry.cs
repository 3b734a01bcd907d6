namespace UnifiedVlm.Streams.Sources;

/// <summary>One pushed record.</summary>
/// <param name="Offset">Its id in the table.</param>
/// <param name="LocalVersion">Of its document if that names none: the same whenever and by whomever the entry is read.</param>
public sealed record InboxEntry(
    long Offset,
    ReadOnlyMemory<byte> Key,
    ReadOnlyMemory<byte>? Value,
    IReadOnlyList<KeyValuePair<string, byte[]>> Headers,
    DateTimeOffset ReceivedAt,
    long LocalVersion);
