using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace UnifiedVlm.Client;

/// <summary>Chat by POST /v1/chat/completions.</summary>
internal sealed class UnifiedVlmChatClient(ServerConnection server, Uri? address, UnifiedVlmClientOptions client, string model) : IChatClient
{
    private const string Path = "v1/chat/completions";
    private const string Done = "[DONE]";

    private readonly ChatClientMetadata metadata = new("unifiedvlm", address, model);

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var body = UnifiedVlmClient.Json(ChatRequestWriter.Write(messages, options, model, client.Tenant, stream: false));
        using var reply = await server.SendAsync(() => UnifiedVlmClient.Post(Path, body), RequestKind.Answer, cancellationToken).ConfigureAwait(false);
        var said = await UnifiedVlmClient.ReadAsync(reply, ClientJson.Default.JsonObject, cancellationToken).ConfigureAwait(false);
        var choice = said.At("choices").First();
        var message = choice.At("message") ?? throw UnifiedVlmClient.Strange(reply.StatusCode);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, [new TextContent(message.Text("content")) { Annotations = Citations(message) }]))
        {
            ResponseId = said.Text("id"),
            ModelId = said.Text("model"),
            CreatedAt = Created(said),
            FinishReason = Finish(choice.Text("finish_reason")),
            Usage = said.At("usage") is { } usage ? Usage(usage) : null,
        };
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var body = UnifiedVlmClient.Json(ChatRequestWriter.Write(messages, options, model, client.Tenant, stream: true));
        using var reply = await server.SendAsync(() => UnifiedVlmClient.Post(Path, body), RequestKind.Answer, cancellationToken).ConfigureAwait(false);
        await foreach (var item in EventStream.ReadAsync(reply, cancellationToken).ConfigureAwait(false))
        {
            if (item.Data == Done)
                yield break;
            yield return Update(ReplyJson.Parse(item.Data) ?? throw UnifiedVlmClient.Strange(reply.StatusCode));
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
        if (chunk.At("error") is { } error)
            throw new UnifiedVlmException(null, error.Text("message") ?? "The answer broke off.", error.Text("param"));
        var choice = chunk.At("choices").First();
        var delta = choice.At("delta");
        var update = new ChatResponseUpdate(ChatRole.Assistant, delta.Text("content"))
        {
            ResponseId = chunk.Text("id"),
            MessageId = chunk.Text("id"),
            ModelId = chunk.Text("model"),
            CreatedAt = Created(chunk),
            FinishReason = Finish(choice.Text("finish_reason")),
        };
        if (Citations(delta) is { } cited)
            update.Contents.Add(new TextContent("") { Annotations = cited });
        if (chunk.At("usage") is { } usage)
            update.Contents.Add(new UsageContent(Usage(usage)));
        return update;
    }

    private static DateTimeOffset? Created(JsonNode said) => said.Number("created") is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    /// <summary>What an answer from documents cites: <c>number</c> is the n of [n], <c>position</c> the index in the text of the bracket that opens it.</summary>
    /// <returns>Null: nothing.</returns>
    private static List<AIAnnotation>? Citations(JsonNode? message) => message.At("annotations") is JsonArray { Count: > 0 } cited
        ? [.. cited.Select(static citation => new CitationAnnotation
        {
            FileId = citation.Text("document_id"),
            Title = citation.At("url_citation").Text("title"),
            AdditionalProperties = new AdditionalPropertiesDictionary { ["number"] = (int?)citation.Number("number"), ["position"] = (int?)citation.Number("position") },
        })]
        : null;

    private static ChatFinishReason? Finish(string? reason) => reason is null ? null : new ChatFinishReason(reason);

    private static UsageDetails Usage(JsonNode usage) => new()
    {
        InputTokenCount = usage.Number("prompt_tokens"),
        OutputTokenCount = usage.Number("completion_tokens"),
        TotalTokenCount = usage.Number("total_tokens"),
    };
}
