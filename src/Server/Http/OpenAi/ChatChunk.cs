using System.Text.Json.Serialization;

namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>One event of a streamed POST /v1/chat/completions.</summary>
/// <param name="Usage">Only in the last event, and only if asked for.</param>
internal sealed record ChatChunk(
    string Id,
    long Created,
    string Model,
    string SystemFingerprint,
    ChatChunkChoice[] Choices,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Usage? Usage = null)
{
    public string Object => "chat.completion.chunk";
}

internal sealed record ChatChunkChoice(int Index, ChatDelta Delta, ChatLogprobs? Logprobs, string? FinishReason);

/// <summary>What is new; the rest is left out.</summary>
internal sealed record ChatDelta(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Role = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Content = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ChatCitation[]? Annotations = null);
