namespace UnifiedVlm.Model.Preparation;

/// <summary>Where a text may be cut. A rule of thumb without dictionaries: a wrong cut costs little, as a part's state has seen what stands before it.</summary>
internal static class SentenceBoundaries
{
    /// <summary>Quotation marks and brackets behind a sentence's last mark. It is asked of every place of a text, so a long run of them must not be walked through from each.</summary>
    private const int MostClosing = 4;

    /// <summary>A cut before <paramref name="i"/> lies after a full stop, question or exclamation mark with white space behind it, after one of the ideographic ones, or at a line end.</summary>
    public static bool IsSentenceEnd(string text, int i)
    {
        if (i >= text.Length || text[i] is '\n')
            return true;
        var last = i - 1;
        var first = Math.Max(0, last - MostClosing);
        while (last > first && text[last] is '"' or '\'' or ')' or ']' or '\u201D' or '\u2019' or '\u00BB' or '\u300D' or '\u300F')
            last--;
        return text[last] switch
        {
            '\u3002' or '\uFF01' or '\uFF1F' => !IsClosing(text[i]),
            '.' or '!' or '?' or '\u2026' or '\u0964' or '\u061F' or '\u06D4' => char.IsWhiteSpace(text[i]) && !IsInitial(text, last),
            _ => false,
        };
    }

    /// <summary>A cut before <paramref name="i"/> lies before white space.</summary>
    public static bool IsWordEnd(string text, int i) => i >= text.Length || char.IsWhiteSpace(text[i]);

    /// <summary>A cut before <paramref name="i"/> does not part a surrogate pair.</summary>
    public static bool IsCharacterEnd(string text, int i) => i >= text.Length || !char.IsLowSurrogate(text[i]);

    /// <summary>"J. S. Bach", "e.g. this": a single letter before the full stop ends no sentence.</summary>
    private static bool IsInitial(string text, int stop) =>
        text[stop] == '.' && stop >= 1 && char.IsLetter(text[stop - 1]) && (stop == 1 || !char.IsLetterOrDigit(text[stop - 2]));

    private static bool IsClosing(char character) => character is '\u300D' or '\u300F' or '\u201D' or '\uFF09' or '\u3002' or '\uFF01' or '\uFF1F';
}
