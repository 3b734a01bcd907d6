using UnifiedVlm.Actors.Device;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Actors.Queries;

/// <summary>Vectors for a caller who waits for them, and the order that they put documents into.</summary>
internal sealed class Embedder(IDocumentPreparer preparer, IDeviceClient device, QueryOptions options)
{
    /// <summary>Some at a time: enough for the device to form a batch, few enough to leave the lane of queries to others.</summary>
    public async Task<IReadOnlyList<EmbeddedDocument>> EmbedAsync(IReadOnlyList<InterleavedDocument> documents, CancellationToken cancellationToken)
    {
        var embedded = new EmbeddedDocument[documents.Count];
        await Parallel.ForAsync(
            0,
            documents.Count,
            new ParallelOptions { MaxDegreeOfParallelism = options.EmbeddingsAtOnce, CancellationToken = cancellationToken },
            async (i, token) =>
            {
                using var prepared = preparer.Prepare(documents[i], token);
                embedded[i] = new EmbeddedDocument(await device.EncodeAsync(prepared, EncodePriority.Query, token).ConfigureAwait(false), prepared.TokenCount);
            }).ConfigureAwait(false);
        return embedded;
    }

    public async Task<RerankResponse> RerankAsync(RerankRequest request, CancellationToken cancellationToken)
    {
        var embedded = await EmbedAsync([request.Query, .. request.Documents], cancellationToken).ConfigureAwait(false);
        var scores = CandidateRanker.Align(embedded[0].Embedding, [.. embedded.Skip(1).Select(static e => e.Embedding)], options, cancellationToken: cancellationToken);
        var ranked = scores
            .Select(static (score, i) => new RankedDocument(i, score is { } logarithm ? Math.Clamp(MathF.Exp(logarithm), 0, 1) : 0))
            .OrderByDescending(static document => document.Score)
            .ToArray();
        return new RerankResponse(ranked, embedded.Sum(static e => e.Tokens));
    }
}
