using UnifiedVlm.Model.Tokenizers;

namespace UnifiedVlm.Model.Preparation;

/// <summary>
/// Cuts a text into pieces of at most so many tokens: at sentence ends where possible, inside a longer sentence at white space, inside a
/// longer word anywhere between characters.
/// </summary>
internal sealed class TextSplitter(Tokenizer tokenizer, int maxTokens)
{
    public IEnumerable<TextPiece> Split(string text)
    {
        // Once: looked for behind every piece, white space at the end would cost its length times their number.
        var end = text.AsSpan().TrimEnd().Length;
        for (var start = Skip(text, 0); start < end;)
        {
            var piece = Longest(text, start, end);
            yield return piece;
            start = Skip(text, piece.Start + piece.Length);
        }
    }

    /// <summary>The longest piece that begins at <paramref name="start"/>, fits, and ends where a sentence does; failing that a word; failing that a character.</summary>
    private TextPiece Longest(string text, int start, int end)
    {
        // A token rarely covers more characters. The bound keeps a text without any sentence end from being looked through for each piece.
        const int MaxUnitsPerToken = 16;
        var horizon = (int)Math.Min(end, start + (long)maxTokens * MaxUnitsPerToken);
        return Last(text, start, end, horizon, SentenceBoundaries.IsSentenceEnd)
            ?? Last(text, start, end, horizon, SentenceBoundaries.IsWordEnd)
            ?? Last(text, start, end, Math.Min(horizon, start + maxTokens), SentenceBoundaries.IsCharacterEnd)
            ?? First(text, start, end);
    }

    /// <summary>
    /// Adds up the tokens between boundaries until the limit, then encodes the piece as a whole: merges across a boundary make the sum an
    /// estimate only.
    /// </summary>
    private TextPiece? Last(string text, int start, int end, int horizon, Func<string, int, bool> isBoundary)
    {
        var ends = new List<int>();
        int total = 0, previous = start;
        for (var i = start + 1; i <= horizon && total <= maxTokens; i++)
        {
            if (i != end && !isBoundary(text, i))
                continue;
            ends.Add(i);
            total += tokenizer.Encode(text[previous..i]).Length;
            previous = i;
        }

        for (var i = ends.Count - 1; i >= 0; i--)
        {
            if (Fits(text, start, ends[i]) is { } piece)
                return piece;
        }

        return null;
    }

    /// <summary>So few characters that they must fit. Reached by normalizers that turn one character into many.</summary>
    private TextPiece First(string text, int start, int end)
    {
        var cut = start + 1;
        if (cut < end && char.IsLowSurrogate(text[cut]))
            cut++;
        var ids = tokenizer.Encode(text[start..cut]);
        return new TextPiece(start, cut - start, ids.Length > maxTokens ? ids[..maxTokens] : ids);
    }

    private TextPiece? Fits(string text, int start, int end)
    {
        while (end > start && char.IsWhiteSpace(text[end - 1]))
            end--;
        var ids = tokenizer.Encode(text[start..end]);
        return ids.Length <= maxTokens && end > start ? new TextPiece(start, end - start, ids) : null;
    }

    /// <returns>Where the next text begins, the end of the text when none is left.</returns>
    private static int Skip(string text, int start)
    {
        while (start < text.Length && char.IsWhiteSpace(text[start]))
            start++;
        return start;
    }
}
