using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.DeadLetters;

/// <summary>A dead letter without its bytes.</summary>
/// <param name="Partition">Where the record came from first.</param>
/// <param name="Detail">A sentence about what the store refused, whose <paramref name="Reason"/> is a single word; null where the reason says it all.</param>
/// <param name="Replays">How often it was replayed before.</param>
/// <param name="IsReplayable">False for a range that the log lost, and where only the record's beginning was kept.</param>
public sealed record DeadLetterSummary(
    long Id,
    DateTimeOffset CreatedAt,
    LogPartition Partition,
    long Offset,
    string? Tenant,
    string? DocumentId,
    string Stage,
    string Reason,
    string? Field,
    string? Detail,
    long PayloadBytes,
    int Replays,
    bool IsReplayable);
