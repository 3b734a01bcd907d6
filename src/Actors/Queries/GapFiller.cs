using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Search;
using UnifiedVlm.Torch.Alignment;

namespace UnifiedVlm.Actors.Queries;

/// <summary>
/// Completes a sequence with a gap: each part of a candidate is put into the gap in turn, and the sequence so completed is aligned with the stretch of the candidate around
/// that part, as long as the sequence itself. A part that meets itself there counts for something in every case, so what decides is how well its neighbours, in their order,
/// meet the question's.
/// </summary>
internal static class GapFiller
{
    /// <summary>Parts of one document that are tried: those whose neighbours are nearest to the gap's.</summary>
    private const int MostTried = 16;

    /// <param name="query">The sequence without what is missing.</param>
    /// <param name="gap">How many of its parts come before it, counted as parts of the question.</param>
    /// <returns>The best part of each candidate, best first, at most <paramref name="k"/>; equal scores in the order of ids. Without snippets.</returns>
    public static IReadOnlyList<PartHit> Rank(SequenceEmbedding query, int gap, IReadOnlyList<SearchCandidate> candidates, int k, QueryOptions options, CancellationToken cancellationToken = default)
    {
        var before = query.Parts.TakeWhile(part => part.SourcePart < gap).Count();
        return [.. candidates
            .Where(static candidate => candidate.Embedding.Parts.Count > 0)
            .Select(candidate => Best(query, before, candidate, options, cancellationToken))
            .OrderByDescending(static hit => hit.Score)
            .ThenBy(static hit => hit.Id, StringComparer.Ordinal)
            .Take(k)];
    }

    private static PartHit Best(SequenceEmbedding query, int before, SearchCandidate candidate, QueryOptions options, CancellationToken cancellationToken)
    {
        var document = candidate.Embedding;
        var ranking = new RankingOptions { Sigma = options.AlignmentSigma };
        var (best, highest) = (0, float.NegativeInfinity);
        Span<float> score = stackalloc float[1];
        foreach (var part in Tried(query, before, document))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var stretch = Stretch(document, part - before, query.Parts.Count + 1);
            AlignmentKernel.Rank(Complete(query, before, document.PartVector(part).Span), PackedSequences.Single(stretch, document.Dimension), score, ranking);
            if (score[0] > highest)
                (best, highest) = (part, score[0]);
        }

        return new PartHit(
            candidate.Id, candidate.Collection, candidate.Title, candidate.Version, document.Parts[best], highest, Similarity: null, Snippet: null);
    }

    private static IEnumerable<int> Tried(SequenceEmbedding query, int before, SequenceEmbedding document)
    {
        var parts = Enumerable.Range(0, document.Parts.Count);
        return document.Parts.Count <= MostTried ? parts : parts.OrderByDescending(Nearness).Take(MostTried).Order();

        float Nearness(int part)
            => Cosine(before - 1, part - 1) + Cosine(before, part + 1);

        float Cosine(int ofQuery, int ofDocument)
            => ofQuery < 0 || ofQuery >= query.Parts.Count || ofDocument < 0 || ofDocument >= document.Parts.Count
                ? 0
                : UnitVectors.Dot(query.PartVector(ofQuery).Span, document.PartVector(ofDocument).Span);
    }

    /// <summary>So many parts from this one on, as far as the document goes.</summary>
    private static ReadOnlySpan<float> Stretch(SequenceEmbedding document, int first, int count)
    {
        var (from, to) = (Math.Max(first, 0), Math.Min(first + count, document.Parts.Count));
        return document.PartVectors.Span[(from * document.Dimension)..(to * document.Dimension)];
    }

    private static float[] Complete(SequenceEmbedding query, int before, ReadOnlySpan<float> part)
    {
        var rows = new float[query.PartVectors.Length + query.Dimension];
        var at = before * query.Dimension;
        query.PartVectors.Span[..at].CopyTo(rows);
        part.CopyTo(rows.AsSpan(at));
        query.PartVectors.Span[at..].CopyTo(rows.AsSpan(at + query.Dimension));
        return rows;
    }
}
