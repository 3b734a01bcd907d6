using System.Text;

namespace UnifiedVlm.Model.Tokenizers.Normalizers;

/// <summary>
/// Unicode normalization forms (UAX #15) over tables of our own: token ids must not depend on the ICU of the machine, and .NET without
/// ICU does not normalize at all.
/// </summary>
internal sealed class UnicodeNormalizer(UnicodeForm form) : INormalizer
{
    private readonly bool compatibility = form is UnicodeForm.NFKC or UnicodeForm.NFKD;
    private readonly bool compose = form is UnicodeForm.NFC or UnicodeForm.NFKC;

    public string Normalize(string text)
    {
        if (IsInert(text))
            return text;

        var runes = new List<int>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var code = char.IsSurrogatePair(text, i) ? char.ConvertToUtf32(text[i], text[++i]) : text[i];
            UnicodeTables.Decompose(code, compatibility, runes);
        }

        OrderMarks(runes);
        if (compose)
            Compose(runes);
        return ToText(runes);
    }

    /// <summary>True when nothing in the text can change: each character is a starter that neither decomposes nor composes with what stands before.</summary>
    private bool IsInert(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            int code = text[i];
            if (code < UnicodeTables.FirstActive)
                continue;
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
                code = char.ConvertToUtf32(text[i], text[++i]);
            if (UnicodeTables.IsActive(code, compatibility, compose))
                return false;
        }

        return true;
    }

    /// <summary>Canonical ordering: marks between two starters sorted by combining class, equal classes in their order.</summary>
    private static void OrderMarks(List<int> runes)
    {
        for (var i = 0; i < runes.Count; i++)
        {
            if (UnicodeTables.CombiningClass(runes[i]) == 0)
                continue;
            var end = i + 1;
            while (end < runes.Count && UnicodeTables.CombiningClass(runes[end]) != 0)
                end++;

            // The whole run at once, by a stable sort: insertion would be quadratic in a hostile run of marks.
            var sorted = runes.GetRange(i, end - i).OrderBy(UnicodeTables.CombiningClass).ToArray();
            for (var k = 0; k < sorted.Length; k++)
                runes[i + k] = sorted[k];
            i = end;
        }
    }

    private static void Compose(List<int> runes)
    {
        int starter = -1, write = 0, lastClass = 0;
        foreach (var rune in runes.ToArray())
        {
            var mark = UnicodeTables.CombiningClass(rune);

            // Blocked when something of the same or a higher class stands between the starter and this character.
            var adjacent = starter >= 0 && write - 1 == starter;
            if (starter >= 0 && (adjacent || (lastClass != 0 && lastClass < mark)) && UnicodeTables.TryCompose(runes[starter], rune, out var composite))
            {
                runes[starter] = composite;
                continue;
            }

            if (mark == 0)
                starter = write;
            lastClass = mark;
            runes[write++] = rune;
        }

        runes.RemoveRange(write, runes.Count - write);
    }

    private static string ToText(List<int> runes)
    {
        var text = new StringBuilder(runes.Count);
        Span<char> pair = stackalloc char[2];
        foreach (var rune in runes)
        {
            // Half a surrogate pair is no Rune; it passes as it came.
            if (rune <= char.MaxValue)
                text.Append((char)rune);
            else
                text.Append(pair[..new Rune(rune).EncodeToUtf16(pair)]);
        }

        return text.ToString();
    }
}
