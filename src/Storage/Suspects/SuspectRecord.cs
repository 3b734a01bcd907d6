using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Suspects;

/// <summary>A record that was in work when its process died.</summary>
/// <param name="WasAlone">Nothing else was in work: the death counts against it.</param>
public sealed record SuspectRecord(LogPartition Partition, WorkIdentity Identity, bool WasAlone);
