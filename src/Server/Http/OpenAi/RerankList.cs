namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>The reply of POST /v1/rerank.</summary>
internal sealed record RerankList(string Id, string Model, RerankEntry[] Results, Usage Usage);

/// <param name="Index">Among the documents of the request, from 0.</param>
/// <param name="RelevanceScore">0 to 1.</param>
internal sealed record RerankEntry(int Index, float RelevanceScore);
