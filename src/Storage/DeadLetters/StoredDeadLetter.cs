using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.DeadLetters;

/// <summary>A dead letter and where it came from.</summary>
public sealed record StoredDeadLetter(long Id, DateTimeOffset CreatedAt, LogPartition Partition, DeadLetter Letter);
