using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.DeadLetters;

/// <summary>A record that is to be ingested again.</summary>
/// <param name="Id">Its offset in the log of replays. There are gaps.</param>
/// <param name="Original">As it was, this replay counted.</param>
public sealed record ReplayedRecord(long Id, DateTimeOffset QueuedAt, OriginalRecord Original);
