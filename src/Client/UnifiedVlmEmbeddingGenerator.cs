using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace UnifiedVlm.Client;

/// <summary>Vectors by POST /v1/embeddings.</summary>
/// <param name="write">An input as an item of the request.</param>
internal sealed class UnifiedVlmEmbeddingGenerator<TInput>(ServerConnection server, Uri? address, string model, Func<TInput, JsonNode> write)
    : IEmbeddingGenerator<TInput, Embedding<float>>
{
    /// <summary>As many as the server takes in one request.</summary>
    private const int InputsPerRequest = 256;

    private readonly EmbeddingGeneratorMetadata metadata = new("unifiedvlm", address, model);

    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<TInput> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        var result = new GeneratedEmbeddings<Embedding<float>>();
        var tokens = 0L;
        foreach (var chunk in values.Chunk(InputsPerRequest))
            tokens += await AddAsync(result, chunk, options, cancellationToken).ConfigureAwait(false);
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

    private async Task<long> AddAsync(
        GeneratedEmbeddings<Embedding<float>> result, TInput[] values, EmbeddingGenerationOptions? options, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["model"] = options?.ModelId ?? model,
            ["input"] = new JsonArray([.. values.Select(write)]),
            ["encoding_format"] = "base64",
        };
        if (options?.Dimensions is { } dimensions)
            body["dimensions"] = dimensions;
        using var reply = await server.SendAsync(() => UnifiedVlmClient.Post("/v1/embeddings", UnifiedVlmClient.Json(body)), repeatable: true, cancellationToken).ConfigureAwait(false);
        var said = await UnifiedVlmClient.ReadAsync(reply, ClientJson.Default.JsonObject, cancellationToken).ConfigureAwait(false);
        foreach (var entry in said["data"]!.AsArray())
        {
            var bytes = Convert.FromBase64String((string)entry!["embedding"]!);
            result.Add(new Embedding<float>(MemoryMarshal.Cast<byte, float>(bytes).ToArray()) { ModelId = (string?)said["model"], CreatedAt = DateTimeOffset.UtcNow });
        }

        return (long)said["usage"]!["prompt_tokens"]!;
    }
}
