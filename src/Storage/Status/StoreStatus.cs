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
    VectorIndexStatus? Index)
{
    /// <summary>Every generation and how many documents it lacks, oldest first.</summary>
    public IReadOnlyList<GenerationLag> Generations { get; init; } = [];
}

/// <param name="Pending">Documents that a program with the generation's model has yet to encode.</param>
/// <param name="Failed">Documents that its model could not take.</param>
public sealed record GenerationLag(IndexGeneration Generation, long Pending, long Failed);

/// <param name="Parts">Embedded parts: spans of text and pictures that have a vector.</param>
public sealed record CollectionCount(string Tenant, string Collection, long Documents, long Parts);

/// <param name="NextOffset">Null: taken, but nothing was written yet.</param>
public sealed record OffsetStatus(LogPartition Partition, long? NextOffset, string Owner, long Epoch, DateTimeOffset UpdatedAt);
