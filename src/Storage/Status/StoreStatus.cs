using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Status;

/// <summary>What is stored, for the status page.</summary>
/// <param name="Tombstones">Deleted documents whose version is remembered.</param>
/// <param name="Replays">Former dead letters that wait to be ingested again.</param>
/// <param name="Index">How the live generation is searched; null while there is none.</param>
public sealed record StoreStatus(
    IReadOnlyList<CollectionCount> Collections,
    long Tombstones,
    long DeadLetters,
    long Replays,
    IReadOnlyList<OffsetStatus> Offsets,
    IndexGeneration? Live,
    long DatabaseBytes,
    VectorIndexStatus? Index);

/// <param name="Parts">Embedded parts: spans of text and pictures that have a vector.</param>
public sealed record CollectionCount(string Tenant, string Collection, long Documents, long Parts);

/// <param name="NextOffset">Null: taken, but nothing was written yet.</param>
public sealed record OffsetStatus(LogPartition Partition, long? NextOffset, string Owner, long Epoch, DateTimeOffset UpdatedAt);
