using UnifiedVlm.Documents;

namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>What a client asked of POST /v1/embeddings.</summary>
/// <param name="Dimensions">Null: as many as the model has.</param>
internal sealed record EmbeddingCall(string Model, IReadOnlyList<InterleavedDocument> Input, int? Dimensions, bool AsBase64);
