using Microsoft.Extensions.Logging;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Subscriptions;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Actors.Subscriptions;

/// <summary>
/// A tenant's subscriptions as one matrix. A document is compared with all of them by matrix products; only what passes a threshold is aligned with it. For one caller at a time.
/// </summary>
internal sealed class SubscriptionSet : IDisposable
{
    /// <summary>Cosines that are in memory at a time, 16 MiB of them; of a document with more parts than this, one row.</summary>
    private const int MostCosines = 4 << 20;

    private readonly SavedQuery[] queries;
    private readonly ILogger logger;
    private readonly HashSet<Guid> told = [];
    private readonly Tensor rows;

    /// <param name="queries">Each with its vectors.</param>
    /// <param name="logger">Told of subscriptions that can't be compared.</param>
    public SubscriptionSet(long revision, IReadOnlyList<SavedQuery> queries, int dimension, ILogger logger)
    {
        Revision = revision;
        this.logger = logger;
        this.queries = [.. queries];
        var values = queries.Sum(query => (query.Embedding!.Parts.Count + 1L) * dimension);
        Bytes = 2 * values * sizeof(float);
        // Of each its parts, then the whole.
        var vectors = new float[values];
        var at = vectors.AsSpan();
        foreach (var query in queries)
        {
            query.Embedding!.PartVectors.Span.CopyTo(at);
            query.Embedding.DocumentVector.Span.CopyTo(at[query.Embedding.PartVectors.Length..]);
            at = at[(query.Embedding.PartVectors.Length + dimension)..];
        }

        rows = torch.tensor(vectors, [vectors.Length / dimension, dimension]);
    }

    public long Revision { get; }

    /// <summary>Of the matrix, and of the same vectors as the queries have them, which are aligned.</summary>
    public long Bytes { get; }

    /// <summary>The subscriptions of the document's collection whose threshold it passes, with the largest cosine that counts. Their filters are not looked at.</summary>
    public IReadOnlyList<(SavedQuery Query, float Similarity)> FindNear(SequenceEmbedding document, string collection, CancellationToken cancellationToken = default)
    {
        var (ofParts, ofWhole) = Compare(document, cancellationToken);
        var near = new List<(SavedQuery, float)>();
        var row = 0;
        foreach (var query in queries)
        {
            var whole = row + query.Embedding!.Parts.Count;
            var similarity = query.Mode == SubscriptionMode.Documents ? ofWhole[whole] : float.NegativeInfinity;
            for (; row < whole; row++)
                similarity = MathF.Max(similarity, ofParts[row]);
            row++;
            if (similarity >= query.Threshold && (query.Collection is null || query.Collection == collection))
                near.Add((query, similarity));
        }

        return near;
    }

    /// <summary>Of those near a document, the ones that align with it. One that can't be aligned with it is none of them: that is told once, and holds up no document.</summary>
    public IReadOnlyList<SubscriptionHit> Align(
        SequenceEmbedding document, IReadOnlyList<(SavedQuery Query, float Similarity)> near, QueryOptions options, CancellationToken cancellationToken = default)
    {
        if (document.Parts.Count == 0 || near.Count == 0)
            return [];
        try
        {
            return AlignAll(document, near, options, cancellationToken);
        }
        catch (Exception failure) when (IsOfPair(failure))
        {
            // The kernel says of a batch that it failed: each pair by itself tells whose it was.
            return [.. near.SelectMany(one => AlignOne(document, one, options, cancellationToken))];
        }
    }

    public void Dispose() => rows.Dispose();

    /// <summary>Neither the caller's leaving nor a lack of memory: both pass, and the document is compared later.</summary>
    private static bool IsOfPair(Exception failure) => failure is not (OperationCanceledException or OutOfMemoryException);

    private static List<SubscriptionHit> AlignAll(
        SequenceEmbedding document, IReadOnlyList<(SavedQuery Query, float Similarity)> near, QueryOptions options, CancellationToken cancellationToken)
    {
        // The kernel's score is the same from either side.
        var scores = CandidateRanker.Align(document, [.. near.Select(static n => n.Query.Embedding!)], options, cancellationToken: cancellationToken);
        var hits = new List<SubscriptionHit>();
        for (var i = 0; i < near.Count; i++)
        {
            if (scores[i] is { } score && score >= (near[i].Query.Alignment ?? float.NegativeInfinity))
            {
                var matches = CandidateRanker.Match(near[i].Query.Embedding!, document, options, cancellationToken);
                hits.Add(new SubscriptionHit(near[i].Query, near[i].Similarity, score, [.. matches.OrderByDescending(static m => m.Similarity).Take(SubscriptionHit.MaxMatches)]));
            }
        }

        return hits;
    }

    private IReadOnlyList<SubscriptionHit> AlignOne(
        SequenceEmbedding document, (SavedQuery Query, float Similarity) near, QueryOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return AlignAll(document, [near], options, cancellationToken);
        }
        catch (Exception failure) when (IsOfPair(failure))
        {
            if (told.Add(near.Query.Id))
                SubscriptionLog.NotComparable(logger, near.Query.Id, failure);
            return [];
        }
    }

    /// <returns>For each row its largest cosine with a part of the document, and its cosine with the whole.</returns>
    private (float[] OfParts, float[] OfWhole) Compare(SequenceEmbedding document, CancellationToken cancellationToken)
    {
        var columns = document.Parts.Count + 1;
        var vectors = new float[columns * document.Dimension];
        document.PartVectors.Span.CopyTo(vectors);
        document.DocumentVector.Span.CopyTo(vectors.AsSpan(document.PartVectors.Length));
        using var of = torch.tensor(vectors, [columns, document.Dimension]);
        using var transposed = of.transpose(0, 1);
        var count = (int)rows.shape[0];
        var (ofParts, ofWhole) = (new float[count], new float[count]);
        // In blocks: all of a tenant's rows by all parts of a long document are gigabytes.
        var block = Math.Max(1, MostCosines / columns);
        for (var first = 0; first < count; first += block)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var taken = Math.Min(block, count - first);
            using var some = rows.narrow(0, first, taken);
            using var product = some.mm(transposed);
            var cosines = product.span<float>();
            for (var row = 0; row < taken; row++)
            {
                var line = cosines.Slice(row * columns, columns);
                var largest = float.NegativeInfinity;
                foreach (var cosine in line[..^1])
                    largest = MathF.Max(largest, cosine);
                (ofParts[first + row], ofWhole[first + row]) = (largest, line[^1]);
            }
        }

        return (ofParts, ofWhole);
    }
}
