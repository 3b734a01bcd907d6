using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Search.Filters;

namespace UnifiedVlm.Server.Http;

/// <summary>What a search or an answer was asked for; numbers that were not given are null.</summary>
internal sealed record Question(InterleavedDocument Document, string Tenant, string? Collection, int? K, int? MaxTokens, string? Adapter)
{
    /// <summary>Only documents that pass it, the times of the question included.</summary>
    public Filter? Filter { get; init; }
}
