namespace UnifiedVlm.Model.Tokenizers.Decoding;

/// <summary>How tokens become text again: what the bytes of a token are, and what is stripped from the whole.</summary>
internal sealed record TokenDecoding
{
    /// <summary>Tokens are written in <see cref="Bpe.ByteAlphabet"/>.</summary>
    public bool ByteLevel { get; init; }

    /// <summary>Tokens of the form &lt;0xXX&gt; are bytes.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Applied to each token in order; the first token of a text gets <c>First</c> in place of <c>To</c>.</summary>
    public IReadOnlyList<(string From, string To, string First)> Replacements { get; init; } = [];

    /// <summary>At most so many of <see cref="StripCharacter"/> are dropped from the start of the text.</summary>
    public int StripStart { get; init; }

    public char StripCharacter { get; init; } = ' ';

    /// <summary>The bytes of a token of the vocabulary.</summary>
    /// <param name="isFirst">It begins the text.</param>
    public byte[] ToBytes(string token, bool isFirst)
    {
        if (ByteLevel)
            return Bpe.ByteAlphabet.ToBytes(token);
        if (ByteFallback && token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var value))
        {
            return [value];
        }

        foreach (var (from, to, first) in Replacements)
            token = token.Replace(from, isFirst ? first : to, StringComparison.Ordinal);
        return System.Text.Encoding.UTF8.GetBytes(token);
    }
}
