using System.Buffers;

namespace UnifiedVlm.Model.Tokenizers.Bpe;

/// <summary>
/// Byte-pair encoding (Sennrich et al. 2016, arXiv 1508.07909): the pair of lowest rank merges first, the leftmost of equals, until none is left.
/// </summary>
internal static class Merger
{
    // Below this the quadratic scan over a few cache lines beats the heap.
    private const int ShortLength = 48;

    /// <summary>Merges in place.</summary>
    /// <returns>The number of tokens left at the start of <paramref name="ids"/>.</returns>
    public static int Merge(Span<int> ids, MergeTable merges) =>
        ids.Length <= ShortLength ? MergeShort(ids, merges) : MergeLong(ids, merges);

    internal static int MergeShort(Span<int> ids, MergeTable merges)
    {
        var count = ids.Length;
        Span<(int Rank, int Id)> pairs = stackalloc (int, int)[Math.Max(0, count - 1)];
        for (var i = 0; i < pairs.Length; i++)
            pairs[i] = merges.Find(ids[i], ids[i + 1]);

        while (count > 1)
        {
            var best = 0;
            for (var i = 1; i < count - 1; i++)
            {
                if (pairs[i].Rank < pairs[best].Rank)
                    best = i;
            }

            if (pairs[best].Rank == MergeTable.NoMerge)
                break;
            ids[best] = pairs[best].Id;
            count--;
            ids.Slice(best + 2, count - best - 1).CopyTo(ids[(best + 1)..]);
            if (best < count - 1)
            {
                pairs.Slice(best + 1, count - best - 1).CopyTo(pairs[best..]);
                pairs[best] = merges.Find(ids[best], ids[best + 1]);
            }

            if (best > 0)
                pairs[best - 1] = merges.Find(ids[best - 1], ids[best]);
        }

        return count;
    }

    /// <summary>A heap over a linked list: n log n, so that a megabyte without a space costs no more than other text.</summary>
    internal static int MergeLong(Span<int> ids, MergeTable merges)
    {
        var links = ArrayPool<int>.Shared.Rent(2 * ids.Length);
        try
        {
            var next = links.AsSpan(0, ids.Length);
            var previous = links.AsSpan(ids.Length, ids.Length);
            var heap = new PriorityQueue<Candidate, long>(ids.Length);
            for (var i = 0; i < ids.Length; i++)
            {
                next[i] = i + 1;
                previous[i] = i - 1;
                if (i + 1 < ids.Length)
                    Push(heap, ids, i, i + 1, merges);
            }

            while (heap.TryDequeue(out var candidate, out _))
            {
                var (left, right, leftId, rightId, id) = candidate;

                // One of the two has merged elsewhere since the candidate was pushed.
                if (ids[left] != leftId || ids[right] != rightId || next[left] != right)
                    continue;
                ids[left] = id;
                ids[right] = -1;
                next[left] = next[right];
                if (next[left] < ids.Length)
                {
                    previous[next[left]] = left;
                    Push(heap, ids, left, next[left], merges);
                }

                if (previous[left] >= 0)
                    Push(heap, ids, previous[left], left, merges);
            }

            var count = 0;
            for (var i = 0; i < ids.Length; i = next[i])
                ids[count++] = ids[i];
            return count;
        }
        finally
        {
            ArrayPool<int>.Shared.Return(links);
        }
    }

    private static void Push(PriorityQueue<Candidate, long> heap, Span<int> ids, int left, int right, MergeTable merges)
    {
        var (rank, id) = merges.Find(ids[left], ids[right]);
        if (rank != MergeTable.NoMerge)
            heap.Enqueue(new Candidate(left, right, ids[left], ids[right], id), ((long)rank << 32) | (uint)left);
    }

    private readonly record struct Candidate(int Left, int Right, int LeftId, int RightId, int Id);
}
