namespace UnifiedVlm.Storage.Ingest;

/// <summary>What is stored of a document while its row is locked.</summary>
/// <param name="ContentHash">Empty in a tombstone.</param>
/// <param name="Sequence">Changes so far.</param>
/// <param name="IsErased">A tombstone that an erasure has left: records up to its version are neither stored nor kept as dead letters.</param>
/// <param name="HasVectors">The index holds vectors of exactly this content.</param>
/// <param name="Partition">Of its log, that the version came from; an erasure does not keep it.</param>
internal readonly record struct StoredState(
    DocumentVersion Version, ReadOnlyMemory<byte> ContentHash, bool Deleted, long Sequence, bool HasVectors, bool IsErased = false, int Partition = 0)
{
    public bool HasContent(ReadOnlyMemory<byte> hash) => !Deleted && ContentHash.Span.SequenceEqual(hash.Span);
}
