using Microsoft.Extensions.AI;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using ModelRole = UnifiedVlm.Model.Prompts.ChatRole;

namespace UnifiedVlm.Server.InProcess;

/// <summary>A conversation of Microsoft.Extensions.AI as a request to the query service.</summary>
internal static class ConversationReader
{
    /// <param name="longest">Tokens of an answer whose length the caller leaves open.</param>
    /// <param name="temperature">Of an answer where the caller leaves open how tokens are chosen.</param>
    /// <exception cref="NotSupportedException">It asks for what the model does not do.</exception>
    public static ChatRequest Read(IEnumerable<ChatMessage> messages, ChatOptions? options, string tenant, int longest, float temperature)
    {
        if (options?.Tools is { Count: > 0 })
            throw new NotSupportedException("Tools are not supported: the model calls none.");
        if (options?.ResponseFormat is not (null or ChatResponseFormatText))
            throw new NotSupportedException("Only text is supported as the response format.");
        var turns = new List<ChatTurn>();
        if (options?.Instructions is { Length: > 0 } instructions)
            turns.Add(new ChatTurn("instructions", ModelRole.System, [new TextPart(instructions)]));
        turns.AddRange(messages.Select(static (message, i) => new ChatTurn($"messages[{i}]", Role(message.Role), [.. message.Contents.Select(Part)])));
        var defaults = new SamplingOptions();
        return new ChatRequest(turns)
        {
            Tenant = tenant,
            Stop = [.. options?.StopSequences ?? []],
            FillsContext = options?.MaxOutputTokens is null,
            Sampling = new SamplingOptions
            {
                MaxTokens = options?.MaxOutputTokens ?? longest,
                Temperature = options?.Temperature ?? (options?.TopP is null ? temperature : 1),
                TopP = options?.TopP ?? defaults.TopP,
                TopK = options?.TopK ?? defaults.TopK,
                PresencePenalty = options?.PresencePenalty ?? 0,
                FrequencyPenalty = options?.FrequencyPenalty ?? 0,
                Seed = (ulong)(options?.Seed ?? Random.Shared.NextInt64()),
            },
        };
    }

    private static ModelRole Role(ChatRole role) =>
        role == ChatRole.User ? ModelRole.User
        : role == ChatRole.Assistant ? ModelRole.Assistant
        : role == ChatRole.System ? ModelRole.System
        : throw new NotSupportedException($"The role {role.Value} is not supported: use system, user and assistant.");

    private static DocumentPart Part(AIContent content) => content switch
    {
        TextContent text => new TextPart(text.Text),
        DataContent data when data.HasTopLevelMediaType("image") => new ImagePart(new InlineImage(data.Data)),
        _ => throw new NotSupportedException($"{content.GetType().Name} is not supported: send text and pictures."),
    };
}
