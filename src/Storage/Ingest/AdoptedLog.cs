namespace UnifiedVlm.Storage.Ingest;

/// <summary>What the adoption of a log came to.</summary>
/// <param name="Forgotten">Partitions whose positions were forgotten.</param>
/// <param name="Holders">
/// Groups that have a position in another log of the topic which documents or tombstones come from: as long as they have it, that log is no earlier one. In order.
/// </param>
public sealed record AdoptedLog(int Forgotten, IReadOnlyList<string> Holders);
