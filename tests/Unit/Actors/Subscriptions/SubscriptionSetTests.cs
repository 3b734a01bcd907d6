using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Actors.Subscriptions;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Subscriptions;

namespace UnifiedVlm.Tests.Unit.Actors.Subscriptions;

public sealed class SubscriptionSetTests
{
    private const int Dimension = 4;

    /// <summary>More cosines than are in memory at a time, so queries begin and end within blocks.</summary>
    [Fact]
    public void Long_queries_are_compared_with_a_long_document_as_short_ones_are()
    {
        var queries = Enumerable.Range(0, 6).Select(i => Query(i % 2 == 0 ? SubscriptionMode.Documents : SubscriptionMode.Parts, Sequence(i, 300 + i))).ToArray();
        var document = Sequence(99, 8000);
        using var set = new SubscriptionSet(1, queries, Dimension, NullLogger.Instance);

        var near = set.FindNear(document, "c");

        Assert.Equal(queries, near.Select(static n => n.Query));
        Assert.All(near, n => Assert.Equal(Largest(n.Query, document), n.Similarity, 1e-5));
    }

    [Fact]
    public void A_query_that_can_not_be_aligned_leaves_the_others_to_be_met()
    {
        var good = Query(SubscriptionMode.Documents, Sequence(1, 3));
        var vectors = Sequence(1, 3).PartVectors.ToArray();
        vectors[^1] = float.PositiveInfinity;
        var bad = Query(SubscriptionMode.Documents, good.Embedding! with { PartVectors = vectors });
        using var set = new SubscriptionSet(1, [bad, good], Dimension, NullLogger.Instance);
        var document = Sequence(1, 3);

        var hits = set.Align(document, [(bad, 1), (good, 1)], new QueryOptions());

        Assert.Equal(good.Id, Assert.Single(hits).Subscription.Id);
        Assert.Throws<OperationCanceledException>(() => set.Align(document, [(good, 1)], new QueryOptions(), new CancellationToken(canceled: true)));
    }

    private static SavedQuery Query(SubscriptionMode mode, SequenceEmbedding embedding) => new(Guid.NewGuid(), null, null, mode, -1, null, embedding);

    private static float Largest(SavedQuery query, SequenceEmbedding document)
    {
        var embedding = query.Embedding!;
        var largest = query.Mode == SubscriptionMode.Documents ? UnitVectors.Dot(embedding.DocumentVector.Span, document.DocumentVector.Span) : float.NegativeInfinity;
        for (var part = 0; part < embedding.Parts.Count; part++)
        {
            for (var other = 0; other < document.Parts.Count; other++)
                largest = MathF.Max(largest, UnitVectors.Dot(embedding.PartVector(part).Span, document.PartVector(other).Span));
        }

        return largest;
    }

    private static SequenceEmbedding Sequence(int seed, int length)
    {
        var random = new Random(seed);
        // Each of another length, so that the largest cosine of a query is its own.
        float[] Vectors(int count) => [.. Enumerable.Range(0, count * Dimension).Select(_ => (random.NextSingle() - 0.5f) * (1 + (seed % 7)))];
        return new SequenceEmbedding(Dimension, [.. Enumerable.Range(0, length).Select(static part => new EmbeddedPart(part, PartKind.Text, 0, 1))], Vectors(length), Vectors(1));
    }
}
