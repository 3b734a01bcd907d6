using System.Globalization;
using System.Net;
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
    /// <summary>What the server takes.</summary>
    private const int MaxKeyLength = 255;

    /// <summary>What the server waits at most.</summary>
    private const int MaxWaitSeconds = 30;

    private readonly HttpClient http;
    private readonly bool ownsHttp;
    private readonly UnifiedVlmClientOptions options;
    private readonly ServerConnection server;

    /// <param name="address">Of the server, such as <c>http://127.0.0.1:7077</c>, with the path below which a proxy has it.</param>
    /// <exception cref="ArgumentException">The options' key has characters that can't be sent.</exception>
    public UnifiedVlmClient(Uri address, UnifiedVlmClientOptions? options = null)
        : this(Connect(address), options)
        => ownsHttp = true;

    /// <param name="http">
    /// Its BaseAddress is the server's. The caller's to dispose of; its Timeout bounds the time to the first byte of a reply where it is shorter than the options'.
    /// </param>
    /// <param name="time">For the limits of the tries and the waits between them; the system's clock unless a test brings its own.</param>
    /// <exception cref="ArgumentException">The options' key has characters that can't be sent.</exception>
    public UnifiedVlmClient(HttpClient http, UnifiedVlmClientOptions? options = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        this.http = http;
        this.options = options ?? new UnifiedVlmClientOptions();
        server = new ServerConnection(http, this.options, time ?? TimeProvider.System);
    }

    /// <summary>Sends a document; when this returns it is committed. Sent again after failures that pass, it counts once.</summary>
    /// <param name="idempotencyKey">Under which it counts once, also over several calls; 1 to 255 visible ASCII characters, a new one unless given.</param>
    /// <exception cref="ArgumentException">The key is none.</exception>
    public async Task<PushReceipt> PushAsync(InterleavedDocument document, string? idempotencyKey = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(document);
        var key = Key(idempotencyKey);
        var body = DocumentJson.Serialize(options.Tenant is { } tenant && document.Tenant == InterleavedDocument.DefaultTenant ? document with { Tenant = tenant } : document);
        using var reply = await server.SendAsync(
            () =>
            {
                var request = Post("v1/documents", body);
                request.Headers.Add("Idempotency-Key", key);
                return request;
            },
            RequestKind.Quick,
            cancellationToken).ConfigureAwait(false);
        return await ReadAsync(reply, ClientJson.Default.PushReceipt, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Has a document deleted; when this returns that is committed, and its status can be asked for as that of a push. Sent again after failures that pass, it counts once.</summary>
    /// <param name="version">For documents that were sent with one: a higher one than the document's.</param>
    /// <param name="idempotencyKey">Under which it counts once, also over several calls; 1 to 255 visible ASCII characters, a new one unless given.</param>
    /// <exception cref="ArgumentException">There is no id, or the key is none.</exception>
    public async Task<PushReceipt> DeleteAsync(string id, long? version = null, string? idempotencyKey = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        var key = Key(idempotencyKey);
        string?[] parameters = [options.Tenant is { } tenant ? $"tenant={Uri.EscapeDataString(tenant)}" : null, version is { } number ? string.Create(CultureInfo.InvariantCulture, $"version={number}") : null];
        var url = $"v1/documents/{Uri.EscapeDataString(id)}?{string.Join('&', parameters.OfType<string>())}".TrimEnd('?');
        using var reply = await server.SendAsync(
            () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Delete, url);
                request.Headers.Add("Idempotency-Key", key);
                return request;
            },
            RequestKind.Quick,
            cancellationToken).ConfigureAwait(false);
        return await ReadAsync(reply, ClientJson.Default.PushReceipt, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What became of a pushed document.</summary>
    /// <param name="wait">How long the server waits for it to be decided: whole seconds, so parts of one count as one, and 30 at most; it may wait less.</param>
    public async Task<PushStatus> GetStatusAsync(PushReceipt receipt, TimeSpan wait = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(receipt);
        var seconds = (int)Math.Ceiling(Math.Clamp(wait.TotalSeconds, 0, MaxWaitSeconds));

        // The server's own path, below that of the address.
        var url = $"{receipt.StatusUrl.TrimStart('/')}{(receipt.StatusUrl.Contains('?', StringComparison.Ordinal) ? '&' : '?')}wait={seconds}";
        var kind = RequestKind.Quick with { Held = TimeSpan.FromSeconds(seconds) };
        using var reply = await server.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, url), kind, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(reply, ClientJson.Default.PushStatus, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="ArgumentException">The query has its gap beyond its parts.</exception>
    public async Task<SearchResult> SearchAsync(SearchQuery query, CancellationToken cancellationToken = default)
    {
        var body = Json(SearchRequestWriter.Write(query, options.Tenant));
        using var reply = await server.SendAsync(() => Post("v1/search", body), RequestKind.Quick, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(reply, ClientJson.Default.SearchResult, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Begins when it is enumerated. Leaving the enumeration stops the answer on the server.</summary>
    public async IAsyncEnumerable<AnswerUpdate> AnswerAsync(SearchQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var body = Json(SearchRequestWriter.Write(query, options.Tenant));
        using var reply = await server.SendAsync(() => Post("v1/answer", body), RequestKind.Answer, cancellationToken).ConfigureAwait(false);
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

    /// <summary>With the body's length: one of unknown length takes twice the room at the server.</summary>
    /// <param name="path">Relative to the server's address.</param>
    internal static HttpRequestMessage Post(string path, byte[] json) => new(HttpMethod.Post, path) { Content = new ByteArrayContent(json) { Headers = { ContentType = new("application/json") } } };

    internal static JsonArray Parts(InterleavedDocument document) => JsonNode.Parse(DocumentJson.Serialize(document))!["parts"]!.DeepClone().AsArray();

    internal static byte[] Json(JsonObject body) => JsonSerializer.SerializeToUtf8Bytes(body, ClientJson.Default.JsonObject);

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
        catch (Exception error) when (error is JsonException or InvalidOperationException or NotSupportedException)
        {
            throw Strange(reply.StatusCode, error);
        }
    }

    /// <summary>A success that says something else: as a rule a proxy's page.</summary>
    internal static UnifiedVlmException Strange(HttpStatusCode? status, Exception? inner = null) =>
        new(status, "The reply is none of this server's. Does the address name it, and does no proxy answer in its place?", inner: inner);

    /// <summary>Connections are made anew now and then, so that an address that has moved is noticed; how long a reply may take is the server connection's to say.</summary>
    private static HttpClient Connect(Uri address) => new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10), PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        BaseAddress = address,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private static string Key(string? idempotencyKey) => idempotencyKey switch
    {
        null => Guid.NewGuid().ToString("N"),
        { Length: >= 1 and <= MaxKeyLength } when ServerConnection.IsVisibleAscii(idempotencyKey) => idempotencyKey,
        _ => throw new ArgumentException($"idempotencyKey: is not 1 to {MaxKeyLength} visible ASCII characters. Send a UUID, a new one for every document.", nameof(idempotencyKey)),
    };

    /// <returns>Null for an event that a newer server may send.</returns>
    private static AnswerUpdate? Read(SseItem<string> item)
    {
        try
        {
            return item.EventType switch
            {
                "evidence" => JsonSerializer.Deserialize(item.Data, ClientJson.Default.AnswerEvidence),
                "token" => JsonSerializer.Deserialize(item.Data, ClientJson.Default.AnswerToken) is { } token ? new AnswerText(token.Text, token.LogProbability) : null,
                "citation" => JsonSerializer.Deserialize(item.Data, ClientJson.Default.AnswerCitation),
                "done" => JsonSerializer.Deserialize(item.Data, ClientJson.Default.AnswerEnd),
                "error" => throw new UnifiedVlmException(null, ReplyJson.Parse(item.Data).Text("detail") ?? "The answer broke off."),
                _ => null,
            };
        }
        catch (JsonException error)
        {
            throw Strange(null, error);
        }
    }
}
