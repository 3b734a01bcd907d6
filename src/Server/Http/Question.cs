using UnifiedVlm.Documents;

namespace UnifiedVlm.Server.Http;

/// <summary>What a search or an answer was asked for; numbers that were not given are null.</summary>
internal sealed record Question(InterleavedDocument Document, string Tenant, string? Collection, int? K, int? MaxTokens, string? Adapter);
