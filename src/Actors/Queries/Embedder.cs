using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Torch.Alignment;

namespace UnifiedVlm.Actors.Queries;

/// <summary>Vectors for a caller who waits for them, and the order that they put documents into.</summary>
/// <param name="device">One that waits where it is busy: a refusal of one document would cost all the others.</param>
internal sealed class Embedder(IDocumentPreparer preparer, PictureRoom pictures, PatientDevice device, QueryOptions options)
{
    private readonly CreditPool tokens = new(options.EmbeddingTokens);

    /// <summary>At the device now.</summary>
    public long TokensInUse => tokens.Used;

    /// <summary>Some at a time, by number and by tokens: enough for the device to form a batch, few enough to leave the lane of queries to others.</summary>
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
        await tokens.AcquireAsync(prepared.TokenCount, cancellationToken).ConfigureAwait(false);
        try
        {
            return new EmbeddedDocument(await device.EncodeAsync(prepared, EncodePriority.Query, cancellationToken).ConfigureAwait(false), prepared.TokenCount);
        }
        finally
        {
            tokens.Release(prepared.TokenCount);
        }
    }

    public async Task<RerankResponse> RerankAsync(RerankRequest request, CancellationToken cancellationToken)
    {
        var embedded = await EmbedAsync([request.Query, .. request.Documents], cancellationToken).ConfigureAwait(false);
        // Normalised: log K alone is a sum over all paths, and above 0 for most documents of several parts, whatever is in them.
        var scores = CandidateRanker.Align(
            embedded[0].Embedding, [.. embedded.Skip(1).Select(static e => e.Embedding)], options, RankingScore.NormalizedLogKernelPerStep, cancellationToken);
        var ranked = scores
            .Select(static (score, i) => (Index: i, Logarithm: score ?? float.NegativeInfinity))
            .OrderByDescending(static document => document.Logarithm)
            // 0 but for rounding where a document is the query.
            .Select(static document => new RankedDocument(document.Index, MathF.Min(1, MathF.Exp(document.Logarithm))))
            .ToArray();
        return new RerankResponse(ranked, embedded.Sum(static e => e.Tokens));
    }
}
