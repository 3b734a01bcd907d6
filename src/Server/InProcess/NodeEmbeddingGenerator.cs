using Microsoft.Extensions.AI;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Server.InProcess;

/// <summary>Vectors of whole inputs by the model of this very process.</summary>
/// <typeparam name="TInput">What is embedded.</typeparam>
/// <param name="model">Its name.</param>
/// <param name="read">An input as a document.</param>
internal sealed class NodeEmbeddingGenerator<TInput>(IQueryService queries, string model, Func<TInput, InterleavedDocument> read) : IEmbeddingGenerator<TInput, Embedding<float>>
{
    /// <summary>Inputs of one request to the service.</summary>
    private const int InputsAtOnce = 64;

    private readonly EmbeddingGeneratorMetadata metadata = new("unifiedvlm", defaultModelId: model);

    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<TInput> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (options?.ModelId is { } other && other != model)
            throw new NotSupportedException($"The model {other} is not supported: this generator has {model}.");
        if (options?.Dimensions is not null)
            throw new NotSupportedException("Fewer dimensions are not supported here: cut the vectors and make them unit vectors again.");
        var result = new GeneratedEmbeddings<Embedding<float>>();
        var tokens = 0L;
        foreach (var chunk in values.Select(read).Chunk(InputsAtOnce))
        {
            foreach (var embedded in await queries.EmbedAsync(chunk, cancellationToken).ConfigureAwait(false))
            {
                result.Add(new Embedding<float>(embedded.Embedding.DocumentVector) { ModelId = model, CreatedAt = DateTimeOffset.UtcNow });
                tokens += embedded.Tokens;
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
        // The query service is the node's.
    }
}
