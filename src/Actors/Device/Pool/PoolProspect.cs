namespace UnifiedVlm.Actors.Device.Pool;

/// <summary>What the devices of a pool may be expected to take now, together.</summary>
/// <param name="QueryTokens">Tokens of queries.</param>
/// <param name="IngestTokens">Tokens of documents.</param>
public readonly record struct PoolProspect(long QueryTokens, long IngestTokens, int Generations);
