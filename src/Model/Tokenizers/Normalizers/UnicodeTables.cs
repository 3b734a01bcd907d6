using System.Collections.Frozen;
using System.Globalization;

namespace UnifiedVlm.Model.Tokenizers.Normalizers;

/// <summary>Decompositions, compositions and combining classes, read once from the embedded table (see unicode-tables.py).</summary>
internal static class UnicodeTables
{
    /// <summary>No code point below it changes under NFC or is a mark; NFD, NFKC and NFKD begin to act at U+00A0.</summary>
    public const int FirstActive = 0xA0;

    // Hangul syllables are composed by arithmetic (Unicode Standard, section 3.12).
    private const int SyllableBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TrailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TrailCount = 28, SyllableCount = LeadCount * VowelCount * TrailCount;

    private static readonly FrozenDictionary<int, int[]> Canonical;
    private static readonly FrozenDictionary<int, int[]> Compatibility;
    private static readonly FrozenDictionary<int, byte> Classes;
    private static readonly FrozenDictionary<(int First, int Second), int> Compositions;
    private static readonly FrozenSet<int> Seconds;
    private static readonly FrozenSet<int> NotRestored;

    /// <summary>Canonical decompositions that end in characters which compatibility decomposes further.</summary>
    private static readonly FrozenSet<int> CompatibilityWithin;

    static UnicodeTables()
    {
        Dictionary<int, int[]> canonical = [], compatibility = [];
        Dictionary<int, byte> classes = [];
        Dictionary<(int First, int Second), int> compositions = [];
        HashSet<int> notRestored = [];
        using var stream = typeof(UnicodeTables).Assembly.GetManifestResourceStream("unicode-normalization.txt")
            ?? throw new InvalidOperationException("unicode-normalization.txt is not embedded in the assembly.");
        using var reader = new StreamReader(stream);
        _ = reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            var fields = line.Split(' ');
            var code = Hex(fields[0]);
            int[] Values() => [.. fields.Skip(2).Select(Hex)];
            switch (fields[1])
            {
                case "#":
                    classes.Add(code, byte.Parse(fields[2], CultureInfo.InvariantCulture));
                    break;
                case "~":
                    compatibility.Add(code, Values());
                    break;
                case "!":
                    canonical.Add(code, Values());
                    notRestored.Add(code);
                    break;
                default:
                    canonical.Add(code, Values());
                    compositions.Add((canonical[code][0], canonical[code][1]), code);
                    break;
            }
        }

        Canonical = canonical.ToFrozenDictionary();
        Compatibility = compatibility.ToFrozenDictionary();
        Classes = classes.ToFrozenDictionary();
        Compositions = compositions.ToFrozenDictionary();
        Seconds = compositions.Keys.Select(static p => p.Second).ToFrozenSet();
        NotRestored = notRestored.ToFrozenSet();
        CompatibilityWithin = canonical.Keys.Where(HasCompatibility).ToFrozenSet();

        bool HasCompatibility(int code) => compatibility.ContainsKey(code) || (canonical.TryGetValue(code, out var parts) && parts.Any(HasCompatibility));
    }

    public static int CombiningClass(int code) => code >= 0x300 && Classes.TryGetValue(code, out var value) ? value : 0;

    /// <summary>True when the code point may change, or make what stands before it change.</summary>
    public static bool IsActive(int code, bool compatibility, bool compose)
    {
        if (CombiningClass(code) != 0 || (compatibility && (Compatibility.ContainsKey(code) || CompatibilityWithin.Contains(code))))
            return true;
        return compose
            ? NotRestored.Contains(code) || Seconds.Contains(code) || IsVowel(code) || IsTrail(code)
            : Canonical.ContainsKey(code) || IsSyllable(code);
    }

    /// <summary>Appends the full decomposition of a code point.</summary>
    public static void Decompose(int code, bool compatibility, List<int> output)
    {
        if (code < FirstActive)
        {
            output.Add(code);
        }
        else if (IsSyllable(code))
        {
            var index = code - SyllableBase;
            output.Add(LeadBase + index / (VowelCount * TrailCount));
            output.Add(VowelBase + index % (VowelCount * TrailCount) / TrailCount);
            if (index % TrailCount != 0)
                output.Add(TrailBase + index % TrailCount);
        }
        else if (Canonical.TryGetValue(code, out var parts) || (compatibility && Compatibility.TryGetValue(code, out parts)))
        {
            foreach (var part in parts)
                Decompose(part, compatibility, output);
        }
        else
        {
            output.Add(code);
        }
    }

    public static bool TryCompose(int first, int second, out int composite)
    {
        if (first - LeadBase is >= 0 and < LeadCount && IsVowel(second))
        {
            composite = SyllableBase + ((first - LeadBase) * VowelCount + (second - VowelBase)) * TrailCount;
            return true;
        }

        if (IsSyllable(first) && (first - SyllableBase) % TrailCount == 0 && IsTrail(second))
        {
            composite = first + (second - TrailBase);
            return true;
        }

        return Compositions.TryGetValue((first, second), out composite);
    }

    private static bool IsSyllable(int code) => code - SyllableBase is >= 0 and < SyllableCount;

    private static bool IsVowel(int code) => code - VowelBase is >= 0 and < VowelCount;

    private static bool IsTrail(int code) => code - TrailBase is > 0 and < TrailCount;

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
