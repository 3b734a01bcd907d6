namespace UnifiedVlm.Actors.Queries;

/// <summary>How much of a question's words a text holds, rare words counting more. For choosing among a few texts, not for search.</summary>
internal sealed class QuestionWords
{
    /// <summary>Words that begin alike are taken for forms of one: "select", "selecting", "selection".</summary>
    private const int StemLength = 5;

    private readonly Dictionary<string, double> weights;

    /// <param name="texts">What is chosen from: a word that stands in all of them says next to nothing.</param>
    public QuestionWords(string question, IReadOnlyCollection<string> texts)
    {
        var counts = Stems(question).ToDictionary(static stem => stem, static _ => 0, StringComparer.Ordinal);
        foreach (var text in texts)
        {
            foreach (var stem in Stems(text))
            {
                if (counts.TryGetValue(stem, out var count))
                    counts[stem] = count + 1;
            }
        }

        // As BM25 counts rarity, and like it never nothing: who has the word is always before who has none.
        weights = counts.ToDictionary(static entry => entry.Key, entry => Math.Log(1 + ((texts.Count - entry.Value + 0.5) / (entry.Value + 0.5))), StringComparer.Ordinal);
    }

    public double Score(string text) => Stems(text).Sum(stem => weights.GetValueOrDefault(stem));

    /// <summary>The beginnings of the words, each once; of text without spaces every two characters.</summary>
    private static HashSet<string> Stems(string text)
    {
        var stems = new HashSet<string>(StringComparer.Ordinal);
        for (var start = 0; start < text.Length; start++)
        {
            if (!char.IsLetterOrDigit(text[start]))
                continue;
            var end = start + 1;
            while (end < text.Length && char.IsLetterOrDigit(text[end]))
                end++;
            Add(stems, text[start..end].ToLowerInvariant());
            start = end;
        }

        return stems;
    }

    private static void Add(HashSet<string> stems, string word)
    {
        if (!word.Any(IsUnspaced))
        {
            stems.Add(word.Length > StemLength ? word[..StemLength] : word);
            return;
        }

        for (var i = 0; i + 1 < word.Length; i++)
            stems.Add(word.Substring(i, 2));
        if (word.Length == 1)
            stems.Add(word);
    }

    /// <summary>Kana, Han and Hangul: the blocks from U+3040 to U+9FFF and from U+AC00 to U+D7AF.</summary>
    private static bool IsUnspaced(char c) => c is (>= '\u3040' and <= '\u9FFF') or (>= '\uAC00' and <= '\uD7AF');
}
