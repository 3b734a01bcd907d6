using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Subscriptions;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Actors.Subscriptions;

/// <summary>
/// A tenant's subscriptions as one matrix. A document is compared with all of them by one product; only what passes a threshold is aligned with it. For one caller at a time.
/// </summary>
internal sealed class SubscriptionSet : IDisposable
{
    private readonly SavedQuery[] queries;
    private readonly Tensor rows;

    /// <param name="queries">Each with its vectors.</param>
    public SubscriptionSet(long revision, IReadOnlyList<SavedQuery> queries, int dimension)
    {
        Revision = revision;
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
    public IReadOnlyList<(SavedQuery Query, float Similarity)> FindNear(SequenceEmbedding document, string collection)
    {
        var columns = document.Parts.Count + 1;
        var vectors = new float[columns * document.Dimension];
        document.PartVectors.Span.CopyTo(vectors);
        document.DocumentVector.Span.CopyTo(vectors.AsSpan(document.PartVectors.Length));
        using var of = torch.tensor(vectors, [columns, document.Dimension]);
        using var transposed = of.transpose(0, 1);
        using var product = rows.mm(transposed);
        var cosines = product.span<float>();
        var near = new List<(SavedQuery, float)>();
        foreach (var query in queries)
        {
            var count = query.Embedding!.Parts.Count;
            var similarity = Largest(cosines[..((count + 1) * columns)], count, columns, query.Mode);
            if (similarity >= query.Threshold && (query.Collection is null || query.Collection == collection))
                near.Add((query, similarity));
            cosines = cosines[((count + 1) * columns)..];
        }

        return near;
    }

    /// <summary>Of those near a document, the ones that align with it.</summary>
    public static IReadOnlyList<SubscriptionHit> Align(SequenceEmbedding document, IReadOnlyList<(SavedQuery Query, float Similarity)> near, QueryOptions options)
    {
        if (document.Parts.Count == 0 || near.Count == 0)
            return [];
        // The kernel's score is the same from either side.
        var scores = CandidateRanker.Align(document, [.. near.Select(static n => n.Query.Embedding!)], options);
        var hits = new List<SubscriptionHit>();
        for (var i = 0; i < near.Count; i++)
        {
            if (scores[i] is { } score && score >= (near[i].Query.Alignment ?? float.NegativeInfinity))
            {
                var matches = CandidateRanker.Match(near[i].Query.Embedding!, document, options);
                hits.Add(new SubscriptionHit(near[i].Query, near[i].Similarity, score, [.. matches.OrderByDescending(static m => m.Similarity).Take(SubscriptionHit.MaxMatches)]));
            }
        }

        return hits;
    }

    public void Dispose() => rows.Dispose();

    /// <param name="cosines">Rows: the query's parts, then its whole; columns: likewise the document's.</param>
    private static float Largest(ReadOnlySpan<float> cosines, int parts, int columns, SubscriptionMode mode)
    {
        var largest = mode == SubscriptionMode.Documents ? cosines[^1] : float.NegativeInfinity;
        for (var part = 0; part < parts; part++)
        {
            foreach (var cosine in cosines.Slice(part * columns, columns - 1))
                largest = MathF.Max(largest, cosine);
        }

        return largest;
    }
}
