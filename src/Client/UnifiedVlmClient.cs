using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;

namespace UnifiedVlm.Client;

/// <summary>Pushes documents to a node or gateway, searches them and answers from them. Thread-safe.</summary>
/// <remarks>All methods throw <see cref="UnifiedVlmException"/> when the server refuses or can't be reached.</remarks>
public sealed class UnifiedVlmClient : IDisposable
{
    private readonly HttpClient http;
    private readonly bool ownsHttp;
    private readonly UnifiedVlmClientOptions options;
    private readonly ServerConnection server;

    /// <param name="address">Of the server, such as <c>http://127.0.0.1:7077</c>.</param>
    public UnifiedVlmClient(Uri address, UnifiedVlmClientOptions? options = null)
        : this(new HttpClient { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan }, options)
        => ownsHttp = true;

    /// <param name="http">Its BaseAddress is the server's. The caller's to dispose of; its Timeout bounds the time to the first byte of a reply.</param>
    /// <param name="time">For the waits between repetitions; the system's clock unless a test brings its own.</param>
    public UnifiedVlmClient(HttpClient http, UnifiedVlmClientOptions? options = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        this.http = http;
        this.options = options ?? new UnifiedVlmClientOptions();
        server = new ServerConnection(http, this.options, time ?? TimeProvider.System);
    }

    /// <summary>Sends a document; when this returns it is committed. Sent again after failures that pass, it counts once.</summary>
    /// <param name="idempotencyKey">Under which it counts once, also over several calls; a new one unless given.</param>
    public async Task<PushReceipt> PushAsync(InterleavedDocument document, string? idempotencyKey = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(document);
        var body = DocumentJson.Serialize(options.Tenant is { } tenant && document.Tenant == InterleavedDocument.DefaultTenant ? document with { Tenant = tenant } : document);
        var key = idempotencyKey ?? Guid.NewGuid().ToString("N");
        using var reply = await server.SendAsync(
            () =>
            {
                var request = Post("/v1/documents", new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } });
                request.Headers.Add("Idempotency-Key", key);
                return request;
            },
            repeatable: true,
            cancellationToken).ConfigureAwait(false);
        return await ReadAsync(reply, ClientJson.Default.PushReceipt, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What became of a pushed document.</summary>
    /// <param name="wait">How long the server waits for it to be decided, in whole seconds; it may wait less.</param>
    public async Task<PushStatus> GetStatusAsync(PushReceipt receipt, TimeSpan wait = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(receipt);
        var url = $"{receipt.StatusUrl}{(receipt.StatusUrl.Contains('?', StringComparison.Ordinal) ? '&' : '?')}wait={(int)wait.TotalSeconds}";
        using var reply = await server.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, url), repeatable: true, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(reply, ClientJson.Default.PushStatus, cancellationToken).ConfigureAwait(false);
    }

    public async Task<SearchResult> SearchAsync(SearchQuery query, CancellationToken cancellationToken = default)
    {
        var body = Body(query);
        using var reply = await server.SendAsync(() => Post("/v1/search", Json(body)), repeatable: true, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(reply, ClientJson.Default.SearchResult, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Begins when it is enumerated. Leaving the enumeration stops the answer on the server.</summary>
    public async IAsyncEnumerable<AnswerUpdate> AnswerAsync(SearchQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var body = Body(query);
        using var reply = await server.SendAsync(() => Post("/v1/answer", Json(body)), repeatable: true, cancellationToken).ConfigureAwait(false);
        await foreach (var item in EventStream.ReadAsync(reply, cancellationToken).ConfigureAwait(false))
        {
            var update = Read(item);
            if (update is not null)
                yield return update;
            if (update is AnswerEnd)
                yield break;
        }

        throw EventStream.BrokenOff();
    }

    /// <summary>The model as a chat client of Microsoft.Extensions.AI.</summary>
    /// <param name="model">One that the server has; <c>NAME:documents</c> answers from the stored documents.</param>
    public IChatClient AsChatClient(string model) => new UnifiedVlmChatClient(server, http.BaseAddress, options, model);

    /// <summary>The model as an embedding generator of Microsoft.Extensions.AI, of text.</summary>
    public IEmbeddingGenerator<string, Embedding<float>> AsEmbeddingGenerator(string model) =>
        new UnifiedVlmEmbeddingGenerator<string>(server, http.BaseAddress, model, static text => JsonValue.Create(text));

    /// <summary>Likewise, of interleaved documents: a vector for each.</summary>
    public IEmbeddingGenerator<InterleavedDocument, Embedding<float>> AsDocumentEmbeddingGenerator(string model) =>
        new UnifiedVlmEmbeddingGenerator<InterleavedDocument>(server, http.BaseAddress, model, static document => new JsonObject { ["parts"] = Parts(document) });

    public void Dispose()
    {
        if (ownsHttp)
            http.Dispose();
    }

    internal static HttpRequestMessage Post(string path, HttpContent content) => new(HttpMethod.Post, path) { Content = content };

    internal static HttpContent Json(JsonObject body) => JsonContent.Create(body, ClientJson.Default.JsonObject);

    internal static async Task<T> ReadAsync<T>(HttpResponseMessage reply, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        try
        {
            return await reply.Content.ReadFromJsonAsync(type, cancellationToken).ConfigureAwait(false)
                ?? throw new UnifiedVlmException(reply.StatusCode, "The server sent nothing where an object was due.");
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            throw new UnifiedVlmException(reply.StatusCode, $"The reply broke off: {error.Message}", inner: error);
        }
    }

    private JsonObject Body(SearchQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var body = new JsonObject { ["parts"] = Parts(new InterleavedDocument { Id = "question", Parts = query.Parts }) };
        if (options.Tenant is { } tenant)
            body["tenant"] = tenant;
        if (query.Collection is { } collection)
            body["collection"] = collection;
        if (query.Filter is { } filter)
            body["filter"] = filter;
        if (query.K is { } k)
            body["k"] = k;
        if (query.MaxTokens is { } maxTokens)
            body["max_tokens"] = maxTokens;
        return body;
    }

    private static JsonNode Parts(InterleavedDocument document) => JsonNode.Parse(DocumentJson.Serialize(document))!["parts"]!.DeepClone();

    /// <returns>Null for an event that a newer server may send.</returns>
    private static AnswerUpdate? Read(SseItem<string> item) => item.EventType switch
    {
        "evidence" => JsonSerializer.Deserialize(item.Data, ClientJson.Default.AnswerEvidence),
        "token" => JsonSerializer.Deserialize(item.Data, ClientJson.Default.AnswerToken) is { } token ? new AnswerText(token.Text, token.LogProbability) : null,
        "citation" => JsonSerializer.Deserialize(item.Data, ClientJson.Default.AnswerCitation),
        "done" => JsonSerializer.Deserialize(item.Data, ClientJson.Default.AnswerEnd),
        "error" => throw new UnifiedVlmException(null, (string?)JsonNode.Parse(item.Data)?["detail"] ?? "The answer broke off."),
        _ => null,
    };
}
