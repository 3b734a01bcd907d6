using System.Text;

namespace UnifiedVlm.Storage.Content;

/// <summary>Text that PostgreSQL can hold, for the words <em>about</em> a bad record: those must be storable whatever the record was.</summary>
internal static class SafeText
{
    /// <summary>Zero characters, which PostgreSQL has no place for, and halves of surrogate pairs become U+FFFD; at most <paramref name="limit"/> code units are kept.</summary>
    public static string Clean(string text, int limit = 64 << 10)
    {
        var kept = text.Length > limit ? text.AsSpan(0, limit) : text;
        var clean = new StringBuilder(kept.Length);
        // Rune enumeration replaces lone surrogates by U+FFFD.
        foreach (var rune in kept.EnumerateRunes())
            clean.Append(rune.Value == 0 ? "\uFFFD" : rune.ToString());
        return clean.ToString();
    }

    public static string? CleanOrNull(string? text, int limit = 64 << 10) => text is null ? null : Clean(text, limit);
}
