namespace UnifiedVlm.Server.Http;

/// <summary>202 of a replay.</summary>
/// <param name="Queued">Dead letters that are no longer such and will be ingested again.</param>
/// <param name="Skipped">Those of the filter that can't be replayed.</param>
internal sealed record DeadLettersQueued(long Queued, long Skipped);
