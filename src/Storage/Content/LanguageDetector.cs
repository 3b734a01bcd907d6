using System.Collections.Frozen;

namespace UnifiedVlm.Storage.Content;

/// <summary>
/// The language of a text by its function words (<see cref="LanguageProfiles"/>). It would rather say nothing than guess: a caption, a list of names or code has none,
/// and is then searched without stemming.
/// </summary>
internal static class LanguageDetector
{
    /// <summary>UTF-16 code units looked at, from the beginning.</summary>
    private const int MostText = 8_000;

    /// <summary>Function words that have to be there at least,</summary>
    private const int FewestHits = 4;

    /// <summary>their least share of all words,</summary>
    private const double LeastShare = 0.12;

    /// <summary>and how much more they have to weigh than those of the next language.</summary>
    private const double LeastLead = 1.2;

    private const int LongestWord = 24;

    private static readonly string[] Languages = [.. LanguageProfiles.FunctionWords.Keys];

    /// <summary>By word: the languages that have it. A word of several weighs less for each.</summary>
    private static readonly FrozenDictionary<string, int[]> ByWord = LanguageProfiles.FunctionWords
        .SelectMany(static (profile, language) => profile.Value.Split(' ').Distinct().Select(word => (word, language)))
        .GroupBy(static entry => entry.word, static entry => entry.language)
        .ToFrozenDictionary(static words => words.Key, static words => words.ToArray(), StringComparer.Ordinal);

    /// <returns>A BCP 47 code; null: it can't be told.</returns>
    public static string? Detect(ReadOnlySpan<char> text)
    {
        text = text[..Math.Min(text.Length, MostText)];
        Span<double> weights = stackalloc double[Languages.Length];
        Span<int> hits = stackalloc int[Languages.Length];
        weights.Clear();
        hits.Clear();
        var words = 0;
        Span<char> lower = stackalloc char[LongestWord];
        var lookup = ByWord.GetAlternateLookup<ReadOnlySpan<char>>();
        while (NextWord(ref text, out var word))
        {
            words++;
            if (word.Length > LongestWord || !lookup.TryGetValue(lower[..word.ToLowerInvariant(lower)], out var languages))
                continue;
            foreach (var language in languages)
            {
                hits[language]++;
                weights[language] += 1.0 / languages.Length;
            }
        }
        return Choose(weights, hits, words);
    }

    private static string? Choose(ReadOnlySpan<double> weights, ReadOnlySpan<int> hits, int words)
    {
        var (best, second) = (0, -1);
        for (var i = 1; i < weights.Length; i++)
        {
            if (weights[i] > weights[best])
                (best, second) = (i, best);
            else if (second < 0 || weights[i] > weights[second])
                second = i;
        }
        return hits[best] >= FewestHits && hits[best] >= LeastShare * words && weights[best] >= LeastLead * weights[second] ? Languages[best] : null;
    }

    /// <summary>Letters with their marks: vowel signs belong to the words of Indian scripts.</summary>
    private static bool NextWord(ref ReadOnlySpan<char> text, out ReadOnlySpan<char> word)
    {
        var start = 0;
        while (start < text.Length && !IsOfWord(text[start]))
            start++;
        var end = start;
        while (end < text.Length && IsOfWord(text[end]))
            end++;
        word = text[start..end];
        text = text[end..];
        return word.Length > 0;
    }

    private static bool IsOfWord(char c) => char.IsLetter(c) || char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark;
}
