using UnifiedVlm.Actors.Device;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Actors.Queries;

/// <summary>Vectors for a caller who waits for them, and the order that they put documents into.</summary>
internal sealed class Embedder(IDocumentPreparer preparer, PictureRoom pictures, IDeviceClient device, QueryOptions options)
{
    /// <summary>Some at a time: enough for the device to form a batch, few enough to leave the lane of queries to others.</summary>
    public async Task<IReadOnlyList<EmbeddedDocument>> EmbedAsync(IReadOnlyList<InterleavedDocument> documents, CancellationToken cancellationToken)
    {
        // Before any is encoded for nothing.
        foreach (var document in documents)
            pictures.Check(document);
        var embedded = new EmbeddedDocument[documents.Count];
        DeviceBusyException? noRoom = null;
        try
        {
            await Parallel.ForAsync(
                0,
                documents.Count,
                new ParallelOptions { MaxDegreeOfParallelism = options.EmbeddingsAtOnce, CancellationToken = cancellationToken },
                async (i, token) =>
                {
                    try
                    {
                        embedded[i] = await EmbedAsync(documents[i], token).ConfigureAwait(false);
                    }
                    catch (DeviceBusyException busy)
                    {
                        noRoom = busy;
                        throw;
                    }
                }).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (noRoom is not null)
        {
            // The loop tells only that its time was up.
            throw noRoom;
        }

        return embedded;
    }

    private async Task<EmbeddedDocument> EmbedAsync(InterleavedDocument document, CancellationToken cancellationToken)
    {
        using var room = await pictures.TakeAsync(document, cancellationToken).ConfigureAwait(false);
        using var prepared = preparer.Prepare(document, cancellationToken);
        return new EmbeddedDocument(await device.EncodeAsync(prepared, EncodePriority.Query, cancellationToken).ConfigureAwait(false), prepared.TokenCount);
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
