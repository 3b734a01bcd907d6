using UnifiedVlm.Documents;

namespace UnifiedVlm.Actors.Queries;

/// <summary>Cuts the words of a matched part out of its document.</summary>
internal static class SnippetCutter
{
    /// <returns>Null when the part has no words, or the document has changed since it was indexed and the part is not there any more.</returns>
    public static string? Cut(InterleavedDocument document, EmbeddedPart part, int maxLength)
    {
        if (part.SourcePart >= document.Parts.Count)
            return null;
        switch (document.Parts[part.SourcePart])
        {
            case ImagePart image:
                return string.IsNullOrWhiteSpace(image.Alt) ? null : Shorten(image.Alt.AsSpan().Trim(), maxLength);
            case TextPart text when part.Start <= text.Text.Length && part.Length <= text.Text.Length - part.Start:
                var words = text.Text.AsSpan(part.Start, part.Length).Trim();
                return words.IsEmpty ? null : Shorten(words, maxLength);
            default:
                return null;
        }
    }

    private static string Shorten(ReadOnlySpan<char> text, int maxLength)
    {
        if (text.Length <= maxLength)
            return text.ToString();

        // At a space if there is one in the second half; never between the halves of a surrogate pair.
        var end = text[..(maxLength + 1)].LastIndexOf(' ');
        if (end < maxLength / 2)
            end = char.IsHighSurrogate(text[maxLength - 1]) ? maxLength - 1 : maxLength;
        return $"{text[..end].TrimEnd()}…";
    }
}
