using UnifiedVlm.Actors.Queries;

namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>What a client asked of POST /v1/rerank or /v2/rerank.</summary>
/// <param name="Top">Null: all.</param>
/// <param name="ReturnsDocuments">With each result its document's words.</param>
internal sealed record RerankCall(string Model, RerankRequest Request, int? Top, bool ReturnsDocuments);
