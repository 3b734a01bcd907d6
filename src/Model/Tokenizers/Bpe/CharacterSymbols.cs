using System.Globalization;

namespace UnifiedVlm.Model.Tokenizers.Bpe;

/// <summary>
/// SentencePiece-style BPE: a symbol is a code point; one that the vocabulary lacks becomes its UTF-8 bytes as &lt;0xXX&gt; tokens, or the
/// unknown token, or nothing where there is none.
/// </summary>
internal sealed class CharacterSymbols : ISymbols
{
    private readonly Vocabulary vocabulary;
    private readonly int[]? bytes;
    private readonly int? unknown;
    private readonly bool fuseUnknown;

    public CharacterSymbols(Vocabulary vocabulary, bool byteFallback, int? unknown, bool fuseUnknown)
    {
        this.vocabulary = vocabulary;
        this.unknown = unknown;
        this.fuseUnknown = fuseUnknown;
        if (byteFallback)
            bytes = [.. Enumerable.Range(0, 256).Select(value => vocabulary.FindText(ByteToken((byte)value)) ?? -1)];
    }

    public static string ByteToken(byte value) => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");

    public int MaxCount(ReadOnlySpan<char> piece) => System.Text.Encoding.UTF8.GetMaxByteCount(piece.Length);

    public int Write(ReadOnlySpan<char> piece, Span<int> ids)
    {
        var count = 0;
        Span<char> characters = stackalloc char[2];
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in piece.EnumerateRunes())
        {
            if (vocabulary.FindText(characters[..rune.EncodeToUtf16(characters)]) is { } id)
            {
                ids[count++] = id;
                continue;
            }

            var fallback = utf8[..rune.EncodeToUtf8(utf8)];
            if (bytes is not null && HasAll(fallback))
            {
                foreach (var value in fallback)
                    ids[count++] = bytes[value];
            }
            else if (unknown is { } unknownId && !(fuseUnknown && count > 0 && ids[count - 1] == unknownId))
            {
                ids[count++] = unknownId;
            }
        }

        return count;
    }

    private bool HasAll(ReadOnlySpan<byte> values)
    {
        foreach (var value in values)
        {
            if (bytes![value] < 0)
                return false;
        }

        return true;
    }
}
