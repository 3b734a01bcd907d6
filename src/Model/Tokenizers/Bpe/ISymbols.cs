namespace UnifiedVlm.Model.Tokenizers.Bpe;

/// <summary>The smallest tokens of a piece, before any merge. Thread-safe.</summary>
internal interface ISymbols
{
    /// <summary>An upper bound of the symbols of a piece.</summary>
    int MaxCount(ReadOnlySpan<char> piece);

    /// <returns>The number of ids written.</returns>
    int Write(ReadOnlySpan<char> piece, Span<int> ids);
}
