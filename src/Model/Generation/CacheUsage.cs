namespace UnifiedVlm.Model.Generation;

/// <summary>How full a KV cache is.</summary>
/// <param name="UsedBlocks">Of texts under way.</param>
/// <param name="Blocks">In all.</param>
/// <param name="Bytes">Of all of them; resident as they are first used.</param>
/// <param name="SharedTokens">Prompt tokens that were found there instead of being computed, since the model was loaded.</param>
public readonly record struct CacheUsage(int UsedBlocks, int Blocks, long Bytes, long SharedTokens);
