using System.Text;

namespace UnifiedVlm.Storage.Content;

/// <summary>
/// Chinese, Japanese and Korean for full text: a run of their characters becomes its overlapping pairs, because where words end in it only a dictionary knows.
/// 東京都 is found by 東京, 京都 and 東京都. Characters by themselves are looked for as the beginnings of pairs; so that the last one of a run is found too,
/// it is a word of its own.
/// </summary>
internal static class UnspacedWords
{
    /// <summary>Whether there is anything to be done.</summary>
    public static bool Has(string text)
    {
        foreach (var c in text)
        {
            // Quick: most text is below all of them.
            if (c >= '\u1100' && (IsUnspaced(new Rune(char.IsSurrogate(c) ? '\uFFFD' : c)) || char.IsHighSurrogate(c)))
                return true;
        }
        return false;
    }

    /// <summary>What is indexed: everything else as it is, runs as pairs, and at the end the last characters of the runs.</summary>
    public static string ForIndex(string text)
    {
        if (!Has(text))
            return text;
        var result = new StringBuilder(text.Length * 2);
        var last = new HashSet<Rune>();
        foreach (var (start, length) in Runs(text))
        {
            var segment = text.AsSpan(start, length);
            if (!IsRun(segment))
            {
                result.Append(segment);
                continue;
            }
            result.Append(' ');
            AppendPairs(result, segment, last);
            result.Append(' ');
        }
        foreach (var rune in last)
            result.Append(' ').Append(rune.ToString());
        return result.ToString();
    }

    /// <summary>What is asked for: the words with pairs in the place of runs, excluded and quoted runs as phrases; and the characters that stand alone.</summary>
    /// <param name="text">As for websearch_to_tsquery: quoted phrases, and a minus before what is excluded.</param>
    /// <returns>Single: a tsquery of the characters' beginnings, null if there are none.</returns>
    public static (string Words, string? Single) ForQuery(string text)
    {
        if (!Has(text))
            return (text, null);
        var words = new StringBuilder(text.Length * 2);
        var single = new List<string>();
        var quoted = false;
        foreach (var (start, length) in Runs(text))
        {
            var segment = text.AsSpan(start, length);
            if (!IsRun(segment))
            {
                words.Append(segment);
                quoted ^= segment.Count('"') % 2 == 1;
                continue;
            }
            var excluded = !quoted && start > 0 && text[start - 1] == '-';
            if (IsSingle(segment) && !quoted && !excluded)
            {
                single.Add($"'{segment}':*");
                words.Append(' ');
                continue;
            }
            // An excluded run has to stay beside its minus.
            words.Append(excluded ? '"' : ' ');
            AppendPairs(words, segment, null);
            words.Append(excluded ? "\" " : " ");
        }
        return (words.ToString(), single.Count == 0 ? null : string.Join(" & ", single.Distinct(StringComparer.Ordinal)));
    }

    private static void AppendPairs(StringBuilder result, ReadOnlySpan<char> run, HashSet<Rune>? last)
    {
        var previous = default(Rune);
        var count = 0;
        foreach (var rune in run.EnumerateRunes())
        {
            if (count > 0)
                result.Append(count > 1 ? " " : "").Append(previous.ToString()).Append(rune.ToString());
            previous = rune;
            count++;
        }
        if (count == 1)
            result.Append(previous.ToString());
        else
            last?.Add(previous);
    }

    /// <summary>The text in segments that are either runs or have nothing of one.</summary>
    private static IEnumerable<(int Start, int Length)> Runs(string text)
    {
        var start = 0;
        var inRun = false;
        for (var i = 0; i < text.Length;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(i), out var rune, out var width);
            var unspaced = IsUnspaced(rune);
            if (unspaced != inRun && i > start)
            {
                yield return (start, i - start);
                start = i;
            }
            inRun = unspaced;
            i += width;
        }
        if (text.Length > start)
            yield return (start, text.Length - start);
    }

    private static bool IsRun(ReadOnlySpan<char> segment)
    {
        Rune.DecodeFromUtf16(segment, out var first, out _);
        return IsUnspaced(first);
    }

    private static bool IsSingle(ReadOnlySpan<char> run)
    {
        Rune.DecodeFromUtf16(run, out _, out var width);
        return width == run.Length;
    }

    /// <summary>Han with its extensions, the iteration mark and zero; Kana, also small and half-width; Hangul.</summary>
    private static bool IsUnspaced(Rune rune) => rune.Value is
        0x3005 or 0x3007 or (>= 0x3041 and <= 0x3096) or (>= 0x30A1 and <= 0x30FA) or 0x30FC or (>= 0x31F0 and <= 0x31FF) or (>= 0xFF66 and <= 0xFF9D)
        or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x323AF)
        or (>= 0xAC00 and <= 0xD7A3) or (>= 0x1100 and <= 0x11FF) or (>= 0x3131 and <= 0x318E);
}
