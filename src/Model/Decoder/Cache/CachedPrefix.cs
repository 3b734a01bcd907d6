namespace UnifiedVlm.Model.Decoder.Cache;

/// <summary>The beginning of a prompt, up to its first picture.</summary>
/// <param name="Scope">Prompts share within it only: who asks, and the adapter that the keys were computed with.</param>
/// <param name="Tokens">Whole blocks of it are shared.</param>
public sealed record CachedPrefix(string Scope, ReadOnlyMemory<int> Tokens)
{
    internal int Blocks => Tokens.Length / KeyValuePool.BlockTokens;

    /// <summary>The ids of one block.</summary>
    internal ReadOnlySpan<int> Block(int index) => Tokens.Span.Slice(index * KeyValuePool.BlockTokens, KeyValuePool.BlockTokens);
}
