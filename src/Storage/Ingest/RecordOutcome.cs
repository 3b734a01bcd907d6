using UnifiedVlm.Documents;

namespace UnifiedVlm.Storage.Ingest;

/// <summary>What became of the record at <paramref name="Offset"/>: exactly one per offset of a written range that held a record.</summary>
public abstract record RecordOutcome(long Offset)
{
    /// <summary>What the source gave, and from where: null for a range that the log has lost.</summary>
    public OriginalRecord? Original { get; init; }

    /// <summary>Where the record came from first.</summary>
    /// <param name="read">The log that it was read from.</param>
    internal (LogPartition Partition, long Offset) Position(LogPartition read) => Original is { } original ? (original.Partition, original.Offset) : (read, Offset);
}

/// <summary>A document with its vectors. Older than what is stored: ignored. Equal version, other content: stored as a dead letter.</summary>
/// <param name="ContentHash">SHA-256 over everything that is stored, pictures included, version excluded.</param>
/// <param name="Embedding">Null when the document was found stored with the same content and was not encoded again.</param>
/// <param name="Images">The encoded bytes of the document's pictures, in the order of its image parts.</param>
public sealed record DocumentUpsert(
    long Offset,
    InterleavedDocument Document,
    DocumentVersion Version,
    ReadOnlyMemory<byte> ContentHash,
    SequenceEmbedding? Embedding,
    IReadOnlyList<ReadOnlyMemory<byte>> Images) : RecordOutcome(Offset);

/// <summary>A delete request or a tombstone: leaves a tombstone row with its version.</summary>
public sealed record DocumentDelete(long Offset, string Tenant, string Id, DocumentVersion Version) : RecordOutcome(Offset);

/// <summary>A record that can't be ingested, with everything needed to understand and replay it.</summary>
public sealed record DeadLetter(
    long Offset,
    string Stage,
    string Reason,
    string? Field,
    string ErrorChain,
    string? Tenant,
    string? DocumentId,
    ReadOnlyMemory<byte> Key,
    ReadOnlyMemory<byte> Payload,
    IReadOnlyList<KeyValuePair<string, byte[]>> Headers) : RecordOutcome(Offset)
{
    /// <summary>The <see cref="Stage"/> of a range that the log dropped before it was read: there is no record.</summary>
    public const string SourceStage = "source";

    /// <summary>The record had no value at all, which is not the same as an empty <see cref="Payload"/>.</summary>
    public bool IsTombstone { get; init; }
}
