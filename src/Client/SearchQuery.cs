using UnifiedVlm.Documents;

namespace UnifiedVlm.Client;

/// <summary>A question: text, a picture, or several of each in order.</summary>
public sealed record SearchQuery(IReadOnlyList<DocumentPart> Parts)
{
    public SearchQuery(string text)
        : this([new TextPart(text)])
    {
    }

    /// <summary>Only this collection; null is all of the tenant's.</summary>
    public string? Collection { get; init; }

    /// <summary>Only documents that pass it, as in <c>lang = "de" and year &gt;= 2020</c>; docs/retrieval.md has the language. Null: all.</summary>
    public string? Filter { get; init; }

    /// <summary>Hits, or documents to answer from; null leaves it to the server.</summary>
    public int? K { get; init; }

    /// <summary>Of an answer; null leaves it to the server.</summary>
    public int? MaxTokens { get; init; }
}
