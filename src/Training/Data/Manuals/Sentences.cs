using System.Text.RegularExpressions;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>Sentences, words and pieces of English text.</summary>
internal static partial class Sentences
{
    private static readonly HashSet<string> Stopwords =
    [
        "the", "and", "for", "with", "that", "this", "from", "are", "you", "your", "its", "can", "use", "used", "using", "how", "what", "which", "does", "into", "than",
        "not", "tool", "option", "filter", "command", "dialog", "parameter", "image", "when", "where", "will", "has", "have", "one", "all", "any", "such", "method", "function", "class",
    ];

    /// <summary>The sentences of one paragraph, trimmed, their full stops kept.</summary>
    public static IEnumerable<string> Split(string paragraph)
    {
        var start = 0;
        foreach (Match end in Boundary().Matches(paragraph))
        {
            var stop = end.Index + end.Groups[1].Length;
            if (IsAbbreviation(paragraph.AsSpan(start, stop - start)))
                continue;
            yield return paragraph[start..stop].Trim();
            start = end.Index + end.Length;
        }

        if (paragraph[start..].Trim() is { Length: > 0 } rest)
            yield return rest;
    }

    /// <summary>Pieces no longer than <paramref name="limit"/> UTF-16 units, cut at sentence ends, else at lines or words.</summary>
    public static IEnumerable<string> Pieces(string text, int limit)
    {
        while (text.Length > limit)
        {
            var cut = LastEnd(text, limit);
            yield return text[..cut].TrimEnd();
            text = text[cut..].TrimStart();
        }

        if (text.Length > 0)
            yield return text;
    }

    /// <summary>The lower-case words that tell a text from others.</summary>
    public static HashSet<string> KeyWords(string text) =>
        [.. Word().Matches(text).Select(static word => Stem(word.Value)).Where(static word => word.Length > 2 && !Stopwords.Contains(word))];

    /// <summary>Letters and digits alone, for telling whether two texts say the same.</summary>
    public static string Skeleton(string text) => string.Concat(text.Where(char.IsAsciiLetterOrDigit).Select(char.ToLowerInvariant));

    private static string Stem(string word)
    {
        var lower = word.ToLowerInvariant();
        return lower.Length > 4 && lower.EndsWith('s') && !lower.EndsWith("ss", StringComparison.Ordinal) ? lower[..^1] : lower;
    }

    private static int LastEnd(string text, int limit)
    {
        var half = limit / 2;
        foreach (var mark in new[] { "\n\n", ". ", ".\n", "\n", "; ", ", ", " " })
        {
            if (text.LastIndexOf(mark, limit - 1, limit - half, StringComparison.Ordinal) is var at and >= 0)
                return at + mark.TrimEnd().Length is var end && end > 0 ? end : at;
        }

        return char.IsHighSurrogate(text[limit - 1]) ? limit - 1 : limit;
    }

    private static bool IsAbbreviation(ReadOnlySpan<char> sentence) => Abbreviation().IsMatch(sentence);

    [GeneratedRegex(@"([.!?][”’""')\]]*)\s+(?=[A-Z“‘""'(\[])", RegexOptions.CultureInvariant)]
    private static partial Regex Boundary();

    [GeneratedRegex(@"(?:\b(?:e\.g|i\.e|etc|cf|vs|fig|eq|sec|no|resp|approx|al|Dr|Mr|Ms|St)\.|\b[A-Z]\.|\.\.)$", RegexOptions.CultureInvariant)]
    private static partial Regex Abbreviation();

    [GeneratedRegex(@"[\p{L}\p{N}_+]+", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
