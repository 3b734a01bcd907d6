using System.Buffers;

namespace UnifiedVlm.Model.Tokenizers.Bpe;

/// <summary>Byte-level BPE: a symbol is a byte of the piece's UTF-8.</summary>
internal sealed class ByteSymbols : ISymbols
{
    private readonly int[] ids = new int[256];
    private readonly int? unknown;
    private readonly bool fuseUnknown;

    /// <param name="unknown">What a byte missing from the vocabulary becomes; null leaves it out, as the reference implementation does.</param>
    /// <param name="fuseUnknown">Missing bytes beside each other become one such token.</param>
    public ByteSymbols(Vocabulary vocabulary, int? unknown, bool fuseUnknown)
    {
        this.unknown = unknown;
        this.fuseUnknown = fuseUnknown;
        for (var value = 0; value < 256; value++)
            ids[value] = vocabulary.FindText([ByteAlphabet.ToCharacter((byte)value)]) ?? -1;
    }

    public int MaxCount(ReadOnlySpan<char> piece) => System.Text.Encoding.UTF8.GetMaxByteCount(piece.Length);

    public int Write(ReadOnlySpan<char> piece, Span<int> ids)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(System.Text.Encoding.UTF8.GetMaxByteCount(piece.Length));
        try
        {
            var count = 0;
            foreach (var value in bytes.AsSpan(0, System.Text.Encoding.UTF8.GetBytes(piece, bytes)))
            {
                if (this.ids[value] >= 0)
                    ids[count++] = this.ids[value];
                else if (unknown is { } unknownId && !(fuseUnknown && count > 0 && ids[count - 1] == unknownId))
                    ids[count++] = unknownId;
            }

            return count;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
