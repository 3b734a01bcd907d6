using System.Text.Json;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Prompts;
using UnifiedVlm.Server.Http.Bodies;
using UnifiedVlm.Server.Json;

namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>Reads the body of POST /v1/chat/completions. A field that would change the answer and is not supported is refused; one that would not is passed over.</summary>
internal sealed class ChatCallReader(DocumentLimits limits)
{
    /// <summary>Tokens of the longest answer.</summary>
    public const int MostTokens = 1024;

    private const int MaxStops = 16;
    private const int MaxStopLength = 256;
    private const int MaxTurns = 1024;

    private static readonly string[] Fields = [.. OpenAiBody.Chat.Select(static field => field.Name)];

    private readonly ContentReader content = new(limits);

    /// <exception cref="DocumentRejectedException">Names the field.</exception>
    public ChatCall Read(ReadOnlyMemory<byte> utf8)
    {
        using var body = RequestJson.Parse(utf8, limits, "{\"model\": \"..\", \"messages\": [{\"role\": \"user\", \"content\": \"..\"}]}", Fields);
        var root = body.RootElement;
        RefuseUnsupported(root);
        var model = RequestJson.Model(root);
        // An upper bound, like the context's.
        var maxTokens = RequestJson.Whole(root, "max_completion_tokens", 1, long.MaxValue) ?? RequestJson.Whole(root, "max_tokens", 1, long.MaxValue);
        var (temperature, topP) = (RequestJson.Number(root, "temperature", 0, 2), RequestJson.Number(root, "top_p", 0, 1));
        var request = new ChatRequest(Turns(root))
        {
            Sampling = new SamplingOptions
            {
                MaxTokens = (int)Math.Min(maxTokens ?? MostTokens, MostTokens),
                Temperature = temperature ?? 1,
                TopP = Math.Max(topP ?? 1, float.Epsilon),
                TopK = (int)(RequestJson.Whole(root, "top_k", 0, int.MaxValue) ?? 0),
                MinP = RequestJson.Number(root, "min_p", 0, 1) ?? 0,
                RepetitionPenalty = RequestJson.Number(root, "repetition_penalty", 0.01f, 100) ?? 1,
                PresencePenalty = RequestJson.Number(root, "presence_penalty", -2, 2) ?? 0,
                FrequencyPenalty = RequestJson.Number(root, "frequency_penalty", -2, 2) ?? 0,
                Seed = unchecked((ulong)(RequestJson.Whole(root, "seed", long.MinValue, long.MaxValue) ?? Random.Shared.NextInt64())),
                Adapter = RequestJson.Text(root, "adapter"),
            },
            Stop = Stops(root),
            FillsContext = true,
        };
        return new ChatCall(
            model,
            request,
            RequestJson.Flag(root, "stream") ?? false,
            IncludesUsage(root),
            RequestJson.Flag(root, "logprobs") ?? false,
            maxTokens is not null,
            temperature is not null || topP is not null,
            RequestJson.Name(root, "collection"),
            RequestJson.Name(root, "tenant"));
    }

    private static bool IncludesUsage(JsonElement root)
    {
        if (!RequestJson.TryGet(root, "stream_options", out var options))
            return false;
        if (options.ValueKind != JsonValueKind.Object)
            throw new DocumentRejectedException("stream_options", "is no object", "Send {\"include_usage\": true} or leave the field out.");
        if (!RequestJson.TryGet(options, "include_usage", out var usage))
            return false;
        return usage.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? usage.GetBoolean()
            : throw new DocumentRejectedException("stream_options.include_usage", "is neither true nor false", "Send one of them or leave the field out.");
    }

    private static void RefuseUnsupported(JsonElement root)
    {
        if (RequestJson.Whole(root, "n", 1, 128) is > 1)
            throw new DocumentRejectedException("n", "is not supported beyond 1", "Send the request as often as you want answers.");
        if (RequestJson.Whole(root, "top_logprobs", 0, 20) is > 0)
            throw new DocumentRejectedException("top_logprobs", "is not supported", "Leave it out: logprobs gives the chosen tokens'.");
        if (RequestJson.TryGet(root, "tools", out var tools) && !(tools.ValueKind == JsonValueKind.Array && tools.GetArrayLength() == 0))
            throw new DocumentRejectedException("tools", "are not supported", "Leave them out: the model calls no tools.");
        if (RequestJson.TryGet(root, "tool_choice", out var choice) && !(choice.ValueKind == JsonValueKind.String && RequestJson.Unicode("tool_choice", choice) is "none" or "auto"))
            throw new DocumentRejectedException("tool_choice", "is not supported beyond none and auto", "Leave it out: the model calls no tools.");
        if (!RequestJson.TryGet(root, "response_format", out var format))
            return;
        if (format.ValueKind != JsonValueKind.Object)
            throw new DocumentRejectedException("response_format", "is no object", "Leave it out, or send {\"type\": \"text\"}.");
        if (!(format.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && RequestJson.Unicode("response_format.type", type) == "text"))
            throw new DocumentRejectedException("response_format.type", "is not supported beyond text", "Leave it out, or send {\"type\": \"text\"}.");
    }

    private List<ChatTurn> Turns(JsonElement root)
    {
        if (!root.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
            throw new DocumentRejectedException("messages", "is missing or no array of messages", "Send [{\"role\": \"user\", \"content\": \"..\"}].");
        if (messages.GetArrayLength() > MaxTurns)
            throw new DocumentRejectedException("messages", $"has {messages.GetArrayLength()} messages, the limit is {MaxTurns}", "Leave out the oldest.");
        var turns = new List<ChatTurn>(messages.GetArrayLength());
        foreach (var (place, message) in messages.EnumerateArray().Index())
        {
            var turn = Turn(message, $"messages[{place}]");
            if (turn.Parts.Count > 0)
                turns.Add(turn);
            else if (turn.Role == ChatRole.User && place == messages.GetArrayLength() - 1)
                throw new DocumentRejectedException($"{turn.Field}.content", "is no text", "Send a string with at least one word, or a picture.");
        }

        return turns.Count > 0 ? turns : throw new DocumentRejectedException("messages", "say nothing", "Send a message with at least one word, or a picture.");
    }

    /// <returns>Without parts where it says nothing: an answer that ended at once, or only called tools, is part of the conversation that comes back.</returns>
    private ChatTurn Turn(JsonElement message, string field)
    {
        if (message.ValueKind != JsonValueKind.Object)
            throw new DocumentRejectedException(field, "is no object", "Send {\"role\": \"user\", \"content\": \"..\"}.");
        var role = message.TryGetProperty("role", out var given) && given.ValueKind == JsonValueKind.String ? RequestJson.Unicode($"{field}.role", given) : null;
        var speaker = RoleOf(role, field);
        if (RequestJson.TryGet(message, "content", out var value))
            return new ChatTurn(field, speaker, content.Turn(value, $"{field}.content"));
        return speaker == ChatRole.Assistant
            ? new ChatTurn(field, speaker, [])
            : throw new DocumentRejectedException($"{field}.content", "is missing", "Send a string or an array of content parts.");
    }

    private static ChatRole RoleOf(string? role, string field) => role switch
    {
        "system" or "developer" => ChatRole.System,
        "user" => ChatRole.User,
        "assistant" => ChatRole.Assistant,
        _ => throw new DocumentRejectedException($"{field}.role", role is null ? "is missing" : $"is '{role}', which is not supported", "The roles are system, developer, user and assistant."),
    };

    private static string[] Stops(JsonElement root)
    {
        if (!root.TryGetProperty("stop", out var stop) || stop.ValueKind == JsonValueKind.Null)
            return [];
        if (stop.ValueKind == JsonValueKind.Array && stop.GetArrayLength() > MaxStops)
            throw new DocumentRejectedException("stop", $"has {stop.GetArrayLength()} strings, the limit is {MaxStops}", "Send fewer.");
        JsonElement[] given = stop.ValueKind == JsonValueKind.Array ? [.. stop.EnumerateArray()] : [stop];
        return [.. given.Select(static (value, i) =>
            value.ValueKind == JsonValueKind.String && RequestJson.Unicode($"stop[{i}]", value) is { Length: > 0 and <= MaxStopLength } text
                ? text
                : throw new DocumentRejectedException($"stop[{i}]", $"is no text of 1 to {MaxStopLength} characters", "Send strings that end the answer."))];
    }
}
