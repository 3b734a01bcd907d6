namespace UnifiedVlm.Model.Tokenizers;

/// <summary>Finds added tokens in a text: the leftmost, and of those that start together the longest.</summary>
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
            if (string.CompareOrdinal(text, start, token.Content, 0, token.Content.Length) == 0 && (!token.SingleWord || StandsAlone(text, start, token)))
                return token;
        }

        return null;
    }

    private static bool StandsAlone(string text, int start, AddedToken token)
    {
        var end = start + token.Content.Length;
        return (start == 0 || !IsWord(text[start - 1])) && (end == text.Length || !IsWord(text[end]));
    }

    private static bool IsWord(char character) => char.IsLetterOrDigit(character) || character == '_';
}
