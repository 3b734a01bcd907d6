using UnifiedVlm.Documents;

namespace UnifiedVlm.Client;

/// <summary>A question: text, a picture, or several of each in order. An answer takes it without mode, budget, candidates and ef_search.</summary>
public sealed record SearchQuery(IReadOnlyList<DocumentPart> Parts)
{
    public SearchQuery(string text)
        : this([new TextPart(text)])
    {
    }

    public SearchMode Mode { get; init; }

    /// <summary>Of the mode <see cref="SearchMode.Missing"/>, and of no other: how many of the parts come before the one that is missing.</summary>
    public int? Gap { get; init; }

    /// <summary>Of the mode <see cref="SearchMode.Like"/>, and of no other: the id of the stored document. It has no parts beside it.</summary>
    public string? Like { get; init; }

    /// <summary>Only this collection; null is all of the tenant's.</summary>
    public string? Collection { get; init; }

    /// <summary>Only documents that pass it, as in <c>lang = "de" and year &gt;= 2020</c>; docs/retrieval.md has the language. Null: all.</summary>
    public string? Filter { get; init; }

    /// <summary>Only documents of this time or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Only documents of before this time.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Hits, or documents to answer from; null leaves it to the server.</summary>
    public int? K { get; init; }

    /// <summary>Of an answer; null leaves it to the server.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>How long the search should take, in whole milliseconds: how much is looked at follows from it; an aim, no deadline. Null leaves it to the server.</summary>
    public TimeSpan? Budget { get; init; }

    /// <summary>How many documents are aligned, whatever the budget; null leaves it to the server.</summary>
    public int? Candidates { get; init; }

    /// <summary>hnsw.ef_search, whatever the budget: more finds more and costs more. Null leaves it to the server.</summary>
    public int? EfSearch { get; init; }

    /// <summary>Documents like a stored one, which is not found itself.</summary>
    public static SearchQuery LikeDocument(string id) => new([]) { Mode = SearchMode.Like, Like = id };
}
