using System.Buffers;
using System.Runtime.InteropServices;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Search;
using UnifiedVlm.Torch.Alignment;

namespace UnifiedVlm.Actors.Queries;

/// <summary>
/// Reranks candidates by sequence alignment and fuses the order with those of the store by reciprocal rank (Cormack, Clarke and Buettcher,
/// "Reciprocal Rank Fusion outperforms Condorcet", SIGIR 2009). Ranks rather than scores, since the scores of the lists have nothing in common; a
/// document found by all lists wins over one that a single list, however sure of itself, puts first.
/// </summary>
internal static class CandidateRanker
{
    /// <summary>For a thread: half a megabyte of 256 dimensions.</summary>
    private const int RowsOfBlock = 512;

    /// <param name="rerank">By what; null: the store's lists alone decide.</param>
    /// <returns>At most <paramref name="k"/>, best first; equal scores in the order of their ids.</returns>
    public static IReadOnlyList<RankedCandidate> Rank(
        SequenceEmbedding query, IReadOnlyList<SearchCandidate> candidates, int k, QueryOptions options, RankingScore? rerank = RankingScore.LogKernelPerStep,
        CancellationToken cancellationToken = default)
    {
        if (candidates.Count == 0)
            return [];
        var scores = rerank is { } score ? Align(query, [.. candidates.Select(static c => c.Embedding)], options, score, cancellationToken) : new float?[candidates.Count];
        var ranks = RanksOf(scores);
        return [.. candidates
            .Select((candidate, i) => new RankedCandidate(
                candidate,
                options.Weights.Score(candidate.PartRank, candidate.DocumentRank, candidate.TextRank, candidate.PictureRank, ranks[i], options.RankConstant),
                scores[i],
                ranks[i]))
            .OrderByDescending(static ranked => ranked.Score)
            .ThenBy(static ranked => ranked.Candidate.Id, StringComparer.Ordinal)
            .Take(k)];
    }

    /// <summary>
    /// The parts that met along the best alignment: for each part of the query the most similar ones, in the order of the path. Where the two have more cells than a path is
    /// traced for (<see cref="AlignmentKernel.MaxPathCells"/>), for each part of the query the one that is nearest by cosine, whatever the order.
    /// </summary>
    public static IReadOnlyList<PartMatch> Match(SequenceEmbedding query, SequenceEmbedding document, QueryOptions options, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (document.Parts.Count == 0)
            return [];
        if ((long)query.Parts.Count * document.Parts.Count > AlignmentKernel.MaxPathCells)
            return MatchNearest(query, document, cancellationToken);
        var path = AlignmentKernel.BestPath(query.PartVectors.Span, document.PartVectors.Span, query.Dimension);
        return [.. path
            .GroupBy(static pair => pair.QueryPart)
            .SelectMany(part => part
                .OrderByDescending(static pair => pair.Similarity)
                .Take(options.MatchesPerPart)
                .OrderBy(static pair => pair.CandidatePart))
            .Select(pair => new PartMatch(query.Parts[pair.QueryPart], document.Parts[pair.CandidatePart], pair.Similarity, Snippet: null))];
    }

    /// <summary>The alignment score of each candidate; null for those without part vectors.</summary>
    public static float?[] Align(
        SequenceEmbedding query, IReadOnlyList<SequenceEmbedding> candidates, QueryOptions options, RankingScore rank = RankingScore.LogKernelPerStep,
        CancellationToken cancellationToken = default)
    {
        var aligned = Enumerable.Range(0, candidates.Count).Where(i => candidates[i].Parts.Count > 0).ToArray();
        var result = new float?[candidates.Count];
        if (aligned.Length == 0)
            return result;

        if (aligned.FirstOrDefault(i => candidates[i].Dimension != query.Dimension, -1) is >= 0 and var other)
        {
            throw new InvalidOperationException(
                $"The index holds vectors of {candidates[other].Dimension} values and the model makes {query.Dimension}: they are of different models.");
        }

        // The kernel takes rows one after another. Gathered block by block they are read while they are in the cache.
        var block = Math.Max(RowsOfBlock * options.AlignmentThreads, aligned.Max(i => candidates[i].Parts.Count));
        var rows = ArrayPool<float>.Shared.Rent(block * query.Dimension);
        try
        {
            for (var first = 0; first < aligned.Length;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var offsets = new List<int> { 0 };
                for (var i = first; i < aligned.Length && offsets[^1] + candidates[aligned[i]].Parts.Count <= block; i++)
                {
                    candidates[aligned[i]].PartVectors.Span.CopyTo(rows.AsSpan(offsets[^1] * query.Dimension));
                    offsets.Add(offsets[^1] + candidates[aligned[i]].Parts.Count);
                }

                var scores = new float[offsets.Count - 1];
                AlignmentKernel.Rank(
                    query.PartVectors.Span,
                    new PackedSequences(rows.AsSpan(0, offsets[^1] * query.Dimension), CollectionsMarshal.AsSpan(offsets), query.Dimension),
                    scores,
                    new RankingOptions { Score = rank, Sigma = options.AlignmentSigma },
                    new AlignmentOptions { Threads = options.AlignmentThreads });
                foreach (var score in scores)
                    result[aligned[first++]] = score;
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rows);
        }

        return result;
    }

    private static PartMatch[] MatchNearest(SequenceEmbedding query, SequenceEmbedding document, CancellationToken cancellationToken)
    {
        var matches = new PartMatch[query.Parts.Count];
        var rows = document.PartVectors.Span;
        for (var part = 0; part < matches.Length; part++)
        {
            // A search that nobody waits for any more must not keep its actor for all of them.
            cancellationToken.ThrowIfCancellationRequested();
            var vector = query.PartVector(part).Span;
            var (nearest, largest) = (0, float.NegativeInfinity);
            for (var other = 0; other < document.Parts.Count; other++)
            {
                if (UnitVectors.Dot(vector, rows.Slice(other * document.Dimension, document.Dimension)) is var cosine && cosine > largest)
                    (nearest, largest) = (other, cosine);
            }

            matches[part] = new PartMatch(query.Parts[part], document.Parts[nearest], largest, Snippet: null);
        }

        return matches;
    }

    /// <summary>1-based ranks, highest score first; equal scores share a rank.</summary>
    private static int?[] RanksOf(float?[] scores)
    {
        var order = Enumerable.Range(0, scores.Length).Where(i => scores[i] is not null).OrderByDescending(i => scores[i]).ToArray();
        var ranks = new int?[scores.Length];
        for (var i = 0; i < order.Length; i++)
            ranks[order[i]] = i > 0 && scores[order[i]] == scores[order[i - 1]] ? ranks[order[i - 1]] : i + 1;
        return ranks;
    }
}
