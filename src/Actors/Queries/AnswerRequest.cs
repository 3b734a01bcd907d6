using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Storage.Search.Filters;

namespace UnifiedVlm.Actors.Queries;

/// <summary>A question to be answered from the tenant's documents.</summary>
/// <param name="Tenant">Only this tenant's documents are seen, whatever the question document says.</param>
/// <param name="Question">Text, a picture, or several of each in order.</param>
public sealed record AnswerRequest(string Tenant, InterleavedDocument Question)
{
    /// <summary>Only this collection; null is all of the tenant's.</summary>
    public string? Collection { get; init; }

    /// <summary>Only documents that pass it.</summary>
    public Filter? Filter { get; init; }

    /// <summary>Documents to answer from; those that don't fit the context are left out from the end.</summary>
    public int Evidence { get; init; } = 4;

    public SamplingOptions Sampling { get; init; } = SamplingOptions.Greedy;
}
