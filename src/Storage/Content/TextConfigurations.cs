using System.Collections.Frozen;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Storage.Content;

/// <summary>From a BCP 47 language tag to the text search configuration (stemmer and stop words) that PostgreSQL ships for it.</summary>
internal static class TextConfigurations
{
    /// <summary>No stemming, no stop words: right for a language without a configuration of its own, and for an unknown one.</summary>
    public const string Fallback = "simple";

    private static readonly FrozenDictionary<string, string> ByLanguage = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["ar"] = "arabic",
        ["hy"] = "armenian",
        ["eu"] = "basque",
        ["ca"] = "catalan",
        ["da"] = "danish",
        ["nl"] = "dutch",
        ["en"] = "english",
        ["fi"] = "finnish",
        ["fr"] = "french",
        ["de"] = "german",
        ["el"] = "greek",
        ["hi"] = "hindi",
        ["hu"] = "hungarian",
        ["id"] = "indonesian",
        ["ga"] = "irish",
        ["it"] = "italian",
        ["lt"] = "lithuanian",
        ["ne"] = "nepali",
        ["no"] = "norwegian",
        ["nb"] = "norwegian",
        ["nn"] = "norwegian",
        ["pt"] = "portuguese",
        ["ro"] = "romanian",
        ["ru"] = "russian",
        ["sr"] = "serbian",
        ["es"] = "spanish",
        ["sv"] = "swedish",
        ["ta"] = "tamil",
        ["tr"] = "turkish",
        ["yi"] = "yiddish",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>By the language that the document names; of one that names none by what its words look like.</summary>
    /// <param name="words">Of <see cref="DocumentBody.Words"/>.</param>
    public static string Of(InterleavedDocument document, string words) => For(document.Language ?? LanguageDetector.Detect(words));

    /// <inheritdoc cref="Of(InterleavedDocument, string)"/>
    public static string Of(InterleavedDocument document) => document.Language is { } language ? For(language) : Of(document, DocumentBody.Words(document));

    public static string For(string? language)
    {
        if (string.IsNullOrEmpty(language))
            return Fallback;
        var end = language.AsSpan().IndexOfAny('-', '_');
        var primary = end < 0 ? language : language[..end];
        return ByLanguage.GetValueOrDefault(primary, Fallback);
    }
}
