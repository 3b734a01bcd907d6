using System.Collections.Concurrent;

namespace UnifiedVlm.Model.Tokenizers.Bpe;

/// <summary>
/// Token ids of pieces seen before, in two generations: when the young one is full it becomes the old one, so memory is bounded and a
/// flood of rare pieces can't shut the cache for good. Thread-safe.
/// </summary>
internal sealed class PieceCache(int capacity)
{
    private const int MaxPieceLength = 64;

    private readonly Lock turnover = new();
    private volatile Generation young = new();
    private volatile Generation old = new();

    public bool TryGet(ReadOnlySpan<char> piece, out int[] ids)
    {
        ids = [];
        if (piece.Length > MaxPieceLength)
            return false;
        if (young.Lookup.TryGetValue(piece, out var found))
        {
            ids = found;
            return true;
        }

        if (!old.Lookup.TryGetValue(piece, out found))
            return false;
        Add(piece, ids = found);
        return true;
    }

    public void Add(ReadOnlySpan<char> piece, int[] ids)
    {
        if (piece.Length > MaxPieceLength)
            return;
        var generation = young;
        if (!generation.Lookup.TryAdd(piece, ids) || generation.CountOne() < capacity / 2)
            return;
        lock (turnover)
        {
            // Another thread may have turned the generations over meanwhile.
            if (young == generation)
                (old, young) = (generation, new Generation());
        }
    }

    private sealed class Generation
    {
        private readonly ConcurrentDictionary<string, int[]> pieces = new(StringComparer.Ordinal);
        private int count;

        public Generation() => Lookup = pieces.GetAlternateLookup<ReadOnlySpan<char>>();

        public ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> Lookup { get; }

        /// <summary>A counter of its own: the dictionary's Count takes all its locks.</summary>
        public int CountOne() => Interlocked.Increment(ref count);
    }
}
