using UnifiedVlm.Actors.Queries;

namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>What a client asked of POST /v1/rerank.</summary>
/// <param name="Top">Null: all.</param>
internal sealed record RerankCall(string Model, RerankRequest Request, int? Top);
