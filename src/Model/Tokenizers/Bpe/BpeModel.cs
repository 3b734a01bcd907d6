using System.Buffers;

namespace UnifiedVlm.Model.Tokenizers.Bpe;

/// <summary>Turns pieces into token ids. Thread-safe.</summary>
/// <param name="wholeWords">The format's ignore_merges: a piece that is itself a token becomes that token, whatever its merges say. Null switches it off.</param>
internal sealed class BpeModel(ISymbols symbols, MergeTable merges, Func<string, int?>? wholeWords)
{
    private const int CachedPieces = 1 << 16;

    private readonly PieceCache cache = new(CachedPieces);

    public void Encode(ReadOnlySpan<char> piece, List<int> output)
    {
        if (piece.Length == 0)
            return;
        if (!cache.TryGet(piece, out var ids))
            cache.Add(piece, ids = Tokens(piece));
        output.AddRange(ids.AsSpan());
    }

    private int[] Tokens(ReadOnlySpan<char> piece)
    {
        if (wholeWords?.Invoke(piece.ToString()) is { } id)
            return [id];
        var buffer = ArrayPool<int>.Shared.Rent(symbols.MaxCount(piece));
        try
        {
            var ids = buffer.AsSpan(0, symbols.Write(piece, buffer));
            return ids[..Merger.Merge(ids, merges)].ToArray();
        }
        finally
        {
            ArrayPool<int>.Shared.Return(buffer);
        }
    }
}
