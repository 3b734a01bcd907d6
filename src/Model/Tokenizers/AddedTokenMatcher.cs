using System.Globalization;
using System.Text;

namespace UnifiedVlm.Model.Tokenizers;

/// <summary>
/// Finds added tokens in a text: the leftmost, and of those that start together the longest. As in the reference implementation that one is
/// decided on alone: where it must stand alone and does not, what it covers is text, whatever else is in it.
/// </summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<char, AddedToken[]> byFirst;

    public AddedTokenMatcher(IEnumerable<AddedToken> tokens) => byFirst = tokens
        .Where(static t => t.Content.Length > 0)
        .GroupBy(static t => t.Content[0])
        .ToDictionary(static g => g.Key, static g => g.OrderByDescending(static t => t.Content.Length).ToArray());

    /// <returns>Stretches that cover the text; those without a token are text.</returns>
    public List<(int Start, int End, AddedToken? Token)> Split(string text)
    {
        var stretches = new List<(int, int, AddedToken?)>();
        int textStart = 0, i = 0;
        while (i < text.Length)
        {
            if (Match(text, i) is not { } token)
            {
                i++;
                continue;
            }

            int start = i, end = i + token.Content.Length;
            if (token.SingleWord && !StandsAlone(text, start, end))
            {
                i = end;
                continue;
            }

            while (token.LeftStrip && start > textStart && char.IsWhiteSpace(text[start - 1]))
                start--;
            while (token.RightStrip && end < text.Length && char.IsWhiteSpace(text[end]))
                end++;
            if (start > textStart)
                stretches.Add((textStart, start, null));
            stretches.Add((start, end, token));
            textStart = i = end;
        }

        if (textStart < text.Length)
            stretches.Add((textStart, text.Length, null));
        return stretches;
    }

    private AddedToken? Match(string text, int start)
    {
        if (!byFirst.TryGetValue(text[start], out var candidates))
            return null;
        foreach (var token in candidates)
        {
            if (string.CompareOrdinal(text, start, token.Content, 0, token.Content.Length) == 0)
                return token;
        }

        return null;
    }

    private static bool StandsAlone(string text, int start, int end)
    {
        // Where nothing is, and at half a pair, this is the replacement character, which is of no word.
        _ = Rune.DecodeLastFromUtf16(text.AsSpan(0, start), out var before, out _);
        _ = Rune.DecodeFromUtf16(text.AsSpan(end), out var after, out _);
        return !IsWord(before) && !IsWord(after);
    }

    /// <summary>What expressions call <c>\w</c> (UTS #18, annex C).</summary>
    private static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter
        or UnicodeCategory.LetterNumber or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation
        || rune.Value is 0x200C or 0x200D;
}
