using System.Text.Json.Nodes;

namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>The reply of POST /v1/embeddings.</summary>
internal sealed record EmbeddingList(EmbeddingEntry[] Data, string Model, Usage Usage)
{
    public string Object => "list";
}

/// <param name="Embedding">An array of numbers, or base64 of little-endian floats.</param>
internal sealed record EmbeddingEntry(int Index, JsonNode Embedding)
{
    public string Object => "embedding";
}
