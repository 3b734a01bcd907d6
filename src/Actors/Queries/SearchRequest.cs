using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Search.Filters;

namespace UnifiedVlm.Actors.Queries;

/// <summary>A search. The query is a document itself: text, a picture, or several of each in order.</summary>
/// <param name="Tenant">Only this tenant's documents are seen, whatever the query document says.</param>
/// <param name="Query">What is looked for.</param>
public sealed record SearchRequest(string Tenant, InterleavedDocument Query)
{
    /// <summary>Only this collection; null is all of the tenant's.</summary>
    public string? Collection { get; init; }

    /// <summary>Only documents that pass it.</summary>
    public Filter? Filter { get; init; }

    /// <summary>The adapter that the query expects to be encoded with: refused unless it is the index's. Null takes the index's, whichever it is.</summary>
    public string? Adapter { get; init; }

    /// <summary>Hits wanted.</summary>
    public int K { get; init; } = 10;

    /// <summary>Whether hits come with the words of the parts that matched, for which their documents have to be loaded.</summary>
    public bool Snippets { get; init; } = true;
}
