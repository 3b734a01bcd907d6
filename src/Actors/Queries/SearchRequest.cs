using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Search;
using UnifiedVlm.Storage.Search.Filters;
using UnifiedVlm.Torch.Alignment;

namespace UnifiedVlm.Actors.Queries;

/// <summary>A search. The query is a document itself: text, a picture, or several of each in order.</summary>
/// <param name="Tenant">Only this tenant's documents are seen, whatever the query document says.</param>
/// <param name="Query">What is looked for; null in the mode <see cref="SearchMode.Like"/>, which has no use for it.</param>
public sealed record SearchRequest(string Tenant, InterleavedDocument? Query)
{
    public SearchMode Mode { get; init; }

    /// <summary>Of the mode <see cref="SearchMode.Missing"/>, and of no other: how many parts of the query come before what is missing.</summary>
    public int? Gap { get; init; }

    /// <summary>Of the mode <see cref="SearchMode.Like"/>, and of no other: the id of the document whose like is looked for. It is not found itself.</summary>
    public string? Like { get; init; }

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

    /// <summary>How long the search should take: candidates and ef_search are chosen for it by what earlier ones took. No deadline. Null: the node's budget.</summary>
    public TimeSpan? Budget { get; init; }

    /// <summary>Documents fetched for reranking, whatever the budget.</summary>
    public int? Candidates { get; init; }

    /// <summary>hnsw.ef_search, whatever the budget.</summary>
    public int? EfSearch { get; init; }

    /// <summary>The lists that candidates come from; fewer than all to see what each is worth.</summary>
    public SearchLists Lists { get; init; } = SearchLists.All;

    /// <summary>What candidates are reranked by; null: their lists alone decide.</summary>
    public RankingScore? Rerank { get; init; } = RankingScore.LogKernelPerStep;
}
