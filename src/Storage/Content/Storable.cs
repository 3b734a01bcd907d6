using UnifiedVlm.Documents;

namespace UnifiedVlm.Storage.Content;

/// <summary>
/// What no PostgreSQL text can hold: the zero character, and half of a surrogate pair. The driver would quietly replace the latter, and two keys
/// could become one.
/// </summary>
internal static class Storable
{
    /// <returns>The field at fault and what is wrong with it; null: the document can be stored as it is.</returns>
    public static (string Field, string Problem)? Find(InterleavedDocument document)
    {
        if ((Find("tenant", document.Tenant) ?? Find("id", document.Id) ?? Find("collection", document.Collection)
            ?? Find("title", document.Title) ?? Find("language", document.Language)) is { } found)
            return found;
        for (var i = 0; i < document.Parts.Count; i++)
        {
            var problem = document.Parts[i] switch
            {
                TextPart text => Find($"parts[{i}].text", text.Text),
                ImagePart image => Find($"parts[{i}].alt", image.Alt),
                _ => null,
            };
            if (problem is not null)
                return problem;
        }
        return null;
    }

    /// <inheritdoc cref="Find(InterleavedDocument)"/>
    public static (string Field, string Problem)? Find(string field, string? text)
    {
        if (text is null)
            return null;
        if (text.Contains('\0', StringComparison.Ordinal))
            return (field, "It holds a zero character (U+0000).");
        for (var i = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF'); i >= 0 && i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return (field, "It holds half of a surrogate pair, so it is no valid Unicode.");
            i++;
        }
        return null;
    }
}
