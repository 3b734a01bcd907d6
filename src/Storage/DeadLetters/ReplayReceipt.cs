namespace UnifiedVlm.Storage.DeadLetters;

/// <summary>What became of a request to replay.</summary>
/// <param name="Queued">Dead letters that are no longer such and will be ingested again.</param>
/// <param name="Skipped">Those that can't be replayed: lost ranges, and records of which only the beginning was kept.</param>
public readonly record struct ReplayReceipt(long Queued, long Skipped);
