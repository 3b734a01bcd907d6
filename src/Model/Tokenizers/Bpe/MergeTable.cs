namespace UnifiedVlm.Model.Tokenizers.Bpe;

/// <summary>Which pairs of tokens merge, in which order, into what.</summary>
internal sealed class MergeTable
{
    public const int NoMerge = int.MaxValue;

    private readonly Dictionary<long, (int Rank, int Id)> merges;

    public MergeTable(int capacity) => merges = new Dictionary<long, (int, int)>(capacity);

    public void Set(int left, int right, int rank, int id) => merges[Key(left, right)] = (rank, id);

    /// <returns>The rank (lower merges first) and the merged token; <see cref="NoMerge"/> when the pair does not merge.</returns>
    public (int Rank, int Id) Find(int left, int right) => merges.TryGetValue(Key(left, right), out var merge) ? merge : (NoMerge, -1);

    private static long Key(int left, int right) => ((long)left << 32) | (uint)right;
}
