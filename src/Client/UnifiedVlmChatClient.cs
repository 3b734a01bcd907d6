using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace UnifiedVlm.Client;

/// <summary>Chat by POST /v1/chat/completions.</summary>
internal sealed class UnifiedVlmChatClient(ServerConnection server, Uri? address, UnifiedVlmClientOptions client, string model) : IChatClient
{
    private const string Path = "/v1/chat/completions";
    private const string Done = "[DONE]";

    private readonly ChatClientMetadata metadata = new("unifiedvlm", address, model);

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var body = ChatRequestWriter.Write(messages, options, model, client.Tenant, stream: false);
        using var reply = await server.SendAsync(() => UnifiedVlmClient.Post(Path, UnifiedVlmClient.Json(body)), repeatable: true, cancellationToken).ConfigureAwait(false);
        var said = await UnifiedVlmClient.ReadAsync(reply, ClientJson.Default.JsonObject, cancellationToken).ConfigureAwait(false);
        var choice = said["choices"]![0]!;
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, (string?)choice["message"]!["content"]) { AdditionalProperties = Annotations(choice["message"]!) })
        {
            ResponseId = (string?)said["id"],
            ModelId = (string?)said["model"],
            CreatedAt = DateTimeOffset.FromUnixTimeSeconds((long)said["created"]!),
            FinishReason = Finish((string?)choice["finish_reason"]),
            Usage = Usage(said["usage"]!),
        };
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var body = ChatRequestWriter.Write(messages, options, model, client.Tenant, stream: true);
        using var reply = await server.SendAsync(() => UnifiedVlmClient.Post(Path, UnifiedVlmClient.Json(body)), repeatable: true, cancellationToken).ConfigureAwait(false);
        await foreach (var item in EventStream.ReadAsync(reply, cancellationToken).ConfigureAwait(false))
        {
            if (item.Data == Done)
                yield break;
            yield return Update(JsonNode.Parse(item.Data)!);
        }

        throw EventStream.BrokenOff();
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
            return null;
        return serviceType == typeof(ChatClientMetadata) ? metadata : serviceType.IsInstanceOfType(this) ? this : null;
    }

    public void Dispose()
    {
        // The connection is the client's.
    }

    private static ChatResponseUpdate Update(JsonNode chunk)
    {
        if (chunk["error"] is { } error)
            throw new UnifiedVlmException(null, (string?)error["message"] ?? "The answer broke off.", (string?)error["param"]);
        var choice = chunk["choices"]!.AsArray().FirstOrDefault();
        var update = new ChatResponseUpdate(ChatRole.Assistant, (string?)choice?["delta"]?["content"])
        {
            ResponseId = (string?)chunk["id"],
            MessageId = (string?)chunk["id"],
            ModelId = (string?)chunk["model"],
            CreatedAt = DateTimeOffset.FromUnixTimeSeconds((long)chunk["created"]!),
            FinishReason = Finish((string?)choice?["finish_reason"]),
            AdditionalProperties = choice?["delta"] is { } delta ? Annotations(delta) : null,
        };
        if (chunk["usage"] is { } usage)
            update.Contents.Add(new UsageContent(Usage(usage)));
        return update;
    }

    /// <summary>What an answer from documents cites, as the server sent it.</summary>
    private static AdditionalPropertiesDictionary? Annotations(JsonNode message) =>
        message["annotations"] is { } annotations ? new AdditionalPropertiesDictionary { ["annotations"] = annotations.DeepClone() } : null;

    private static ChatFinishReason? Finish(string? reason) => reason is null ? null : new ChatFinishReason(reason);

    private static UsageDetails Usage(JsonNode usage) => new()
    {
        InputTokenCount = (long)usage["prompt_tokens"]!,
        OutputTokenCount = (long)usage["completion_tokens"]!,
        TotalTokenCount = (long)usage["total_tokens"]!,
    };
}
