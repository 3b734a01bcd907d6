using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Search.Filters;

namespace UnifiedVlm.Server.Http;

/// <summary>What a search or an answer was asked for; numbers that were not given are null.</summary>
/// <param name="Document">Null where a stored document is in its place.</param>
internal sealed record Question(InterleavedDocument? Document, string Tenant, string? Collection, int? K, int? MaxTokens, string? Adapter)
{
    public SearchMode Mode { get; init; }

    /// <summary>How many parts come before the one that is missing.</summary>
    public int? Gap { get; init; }

    /// <summary>The id of a stored document.</summary>
    public string? Like { get; init; }

    /// <summary>Only documents that pass it, the times of the question included.</summary>
    public Filter? Filter { get; init; }

    public int? BudgetMilliseconds { get; init; }

    public int? Candidates { get; init; }

    public int? EfSearch { get; init; }

    /// <param name="hits">Where the question does not say how many.</param>
    public SearchRequest ToSearch(int hits) => new(Tenant, Document)
    {
        Mode = Mode,
        Gap = Gap,
        Like = Like,
        Collection = Collection,
        Filter = Filter,
        Adapter = Adapter,
        K = K ?? hits,
        Budget = BudgetMilliseconds is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null,
        Candidates = Candidates,
        EfSearch = EfSearch,
    };

    /// <param name="evidence">Documents to answer from where the question does not say how many.</param>
    /// <exception cref="DocumentRejectedException">It is none for an answer.</exception>
    public AnswerRequest ToAnswer(int evidence)
    {
        if (Mode != SearchMode.Documents || Gap is not null || Document is null)
            throw new DocumentRejectedException("mode", "is none of an answer", "Answers are made from documents; leave the mode out, and gaps.");
        if (K > QueryOptions.MostEvidence)
            throw new DocumentRejectedException("k", $"is {K}, and an answer is made from {QueryOptions.MostEvidence} documents at most", "Ask for fewer; a search shows more.");
        var request = new AnswerRequest(Tenant, Document) { Collection = Collection, Filter = Filter, Evidence = K ?? evidence };
        return request with { Sampling = request.Sampling with { MaxTokens = MaxTokens ?? request.Sampling.MaxTokens, Adapter = Adapter } };
    }
}
