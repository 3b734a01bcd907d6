using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace UnifiedVlm.Client;

/// <summary>Vectors by POST /v1/embeddings.</summary>
/// <param name="write">An input as an item of the request.</param>
internal sealed class UnifiedVlmEmbeddingGenerator<TInput>(ServerConnection server, Uri? address, string model, Func<TInput, JsonNode> write)
    : IEmbeddingGenerator<TInput, Embedding<float>>
{
    /// <summary>An eighth of what the server takes: less is lost with a request that fails.</summary>
    private const int InputsPerRequest = 256;

    /// <summary>Well below what it takes too, unless it has little memory.</summary>
    private const long BytesPerRequest = 16 << 20;

    private readonly EmbeddingGeneratorMetadata metadata = new("unifiedvlm", address, model);

    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<TInput> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        var result = new GeneratedEmbeddings<Embedding<float>>();
        var tokens = 0L;
        var most = InputsPerRequest;
        foreach (var chunk in Chunks(values))
        {
            for (var begin = 0; begin < chunk.Count;)
            {
                var count = Math.Min(most, chunk.Count - begin);
                try
                {
                    tokens += await AddAsync(result, chunk.GetRange(begin, count), options, cancellationToken).ConfigureAwait(false);
                    begin += count;
                }
                catch (UnifiedVlmException tooMuch) when (count > 1 && tooMuch.Status is HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.GatewayTimeout)
                {
                    // More bytes than this server takes, or more work than it does in its time: that holds for what follows too.
                    most = count / 2;
                }
            }
        }

        result.Usage = new UsageDetails { InputTokenCount = tokens, TotalTokenCount = tokens };
        return result;
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
            return null;
        return serviceType == typeof(EmbeddingGeneratorMetadata) ? metadata : serviceType.IsInstanceOfType(this) ? this : null;
    }

    public void Dispose()
    {
        // The connection is the client's.
    }

    /// <summary>The inputs as JSON, in their order, as many together as one request carries. One that is larger than that goes alone.</summary>
    private IEnumerable<List<byte[]>> Chunks(IEnumerable<TInput> values)
    {
        var chunk = new List<byte[]>();
        var bytes = 0L;
        foreach (var value in values)
        {
            var item = Utf8(json => write(value).WriteTo(json));
            if (chunk.Count == InputsPerRequest || (chunk.Count > 0 && bytes + item.Length > BytesPerRequest))
            {
                yield return chunk;
                (chunk, bytes) = ([], 0);
            }

            chunk.Add(item);
            bytes += item.Length;
        }

        if (chunk.Count > 0)
            yield return chunk;
    }

    private async Task<long> AddAsync(
        GeneratedEmbeddings<Embedding<float>> result, List<byte[]> items, EmbeddingGenerationOptions? options, CancellationToken cancellationToken)
    {
        var body = Utf8(json =>
        {
            json.WriteStartObject();
            json.WriteString("model", options?.ModelId ?? model);
            json.WriteStartArray("input");
            foreach (var item in items)
                json.WriteRawValue(item, skipInputValidation: true);
            json.WriteEndArray();
            json.WriteString("encoding_format", "base64");
            if (options?.Dimensions is { } dimensions)
                json.WriteNumber("dimensions", dimensions);
            json.WriteEndObject();
        });
        using var reply = await server.SendAsync(() => UnifiedVlmClient.Post("v1/embeddings", body), RequestKind.Embedding, cancellationToken).ConfigureAwait(false);
        var said = await UnifiedVlmClient.ReadAsync(reply, ClientJson.Default.JsonObject, cancellationToken).ConfigureAwait(false);
        if (said.At("data") is not JsonArray data || data.Count != items.Count)
            throw UnifiedVlmClient.Strange(reply.StatusCode);
        foreach (var vector in data.Select(entry => Vector(entry) ?? throw UnifiedVlmClient.Strange(reply.StatusCode)).ToList())
            result.Add(new Embedding<float>(vector) { ModelId = said.Text("model"), CreatedAt = DateTimeOffset.UtcNow });
        return said.At("usage").Number("prompt_tokens") ?? 0;
    }

    private static float[]? Vector(JsonNode? entry)
    {
        if (entry.Text("embedding") is not { } text)
            return null;
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? MemoryMarshal.Cast<byte, float>(bytes.AsSpan(0, length)).ToArray() : null;
    }

    private static byte[] Utf8(Action<Utf8JsonWriter> fill)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
            fill(json);
        return buffer.ToArray();
    }
}
