using System.Text.Json.Serialization;

namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>Source-generated JSON of what OpenAI's clients read. Fields that they expect to be null are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ChatCompletion))]
[JsonSerializable(typeof(ChatChunk))]
[JsonSerializable(typeof(EmbeddingList))]
[JsonSerializable(typeof(float[]))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(ModelEntry))]
[JsonSerializable(typeof(RerankList))]
[JsonSerializable(typeof(OpenAiError))]
internal sealed partial class OpenAiJson : JsonSerializerContext;
