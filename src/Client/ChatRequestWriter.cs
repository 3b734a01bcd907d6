using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace UnifiedVlm.Client;

/// <summary>A conversation of Microsoft.Extensions.AI as the body of POST /v1/chat/completions.</summary>
internal static class ChatRequestWriter
{
    /// <exception cref="NotSupportedException">It asks for what the server does not do; said here, where the stack shows who asked.</exception>
    public static JsonObject Write(IEnumerable<ChatMessage> messages, ChatOptions? options, string model, string? tenant, bool stream)
    {
        if (options?.Tools is { Count: > 0 })
            throw new NotSupportedException("Tools are not supported: the model calls none.");
        if (options?.ResponseFormat is not (null or ChatResponseFormatText))
            throw new NotSupportedException("Only text is supported as the response format.");
        var turns = messages.Select(Turn).ToList();
        if (options?.Instructions is { Length: > 0 } instructions)
            turns.Insert(0, new JsonObject { ["role"] = "system", ["content"] = instructions });
        var body = new JsonObject { ["model"] = options?.ModelId ?? model, ["messages"] = new JsonArray([.. turns]) };
        if (stream)
            (body["stream"], body["stream_options"]) = (true, new JsonObject { ["include_usage"] = true });
        Set("tenant", tenant is null ? null : JsonValue.Create(tenant));
        Set("max_tokens", Number(options?.MaxOutputTokens));
        Set("temperature", Number(options?.Temperature));
        Set("top_p", Number(options?.TopP));
        Set("top_k", Number(options?.TopK));
        Set("seed", Number(options?.Seed));
        Set("presence_penalty", Number(options?.PresencePenalty));
        Set("frequency_penalty", Number(options?.FrequencyPenalty));
        if (options?.StopSequences is { Count: > 0 } stops)
            body["stop"] = new JsonArray([.. stops.Select(static stop => (JsonNode)JsonValue.Create(stop))]);
        foreach (var (name, value) in options?.AdditionalProperties ?? [])
            Set(name, (value as JsonNode)?.DeepClone() ?? JsonValue.Create(value));
        return body;

        void Set(string name, JsonNode? value)
        {
            if (value is not null)
                body[name] = value;
        }
    }

    private static JsonNode? Number<T>(T? value)
        where T : struct => value is { } number ? JsonValue.Create(number) : null;

    private static JsonNode Turn(ChatMessage message) => new JsonObject
    {
        ["role"] = message.Role.Value,
        ["content"] = new JsonArray([.. message.Contents.Select(Part)]),
    };

    private static JsonNode Part(AIContent content) => content switch
    {
        TextContent text => new JsonObject { ["type"] = "text", ["text"] = text.Text },
        DataContent data when data.HasTopLevelMediaType("image") => new JsonObject { ["type"] = "image_url", ["image_url"] = new JsonObject { ["url"] = data.Uri } },
        _ => throw new NotSupportedException($"{content.GetType().Name} is not supported: send text and pictures."),
    };
}
