using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

/// <summary>One entry of an index expression: a number, a slice, an ellipsis, a new axis, or a tensor of indices or truth values.</summary>
public readonly struct TensorIndex
{
    private enum Kind
    {
        Single,
        Slice,
        Ellipsis,
        NewAxis,
        Tensor,
    }

    private readonly Kind kind;
    private readonly long start;
    private readonly long stop;
    private readonly long step;
    private readonly Tensor? tensor;

    private TensorIndex(Kind kind, long start = 0, long stop = 0, long step = 1, Tensor? tensor = null)
    {
        this.kind = kind;
        this.start = start;
        this.stop = stop;
        this.step = step;
        this.tensor = tensor;
    }

    /// <summary>As many whole dimensions as are needed.</summary>
    public static TensorIndex Ellipsis => new(Kind.Ellipsis);

    /// <summary>A whole dimension.</summary>
    public static TensorIndex Colon => Slice();

    /// <summary>A new dimension of size 1.</summary>
    public static TensorIndex None => new(Kind.NewAxis);

    public static TensorIndex Single(long index) => new(Kind.Single, index);

    /// <summary>[start, stop) in steps; negative bounds count from the end.</summary>
    public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
        new(Kind.Slice, start ?? 0, stop ?? long.MaxValue, step ?? 1);

    public static TensorIndex Tensor(Tensor tensor) => new(Kind.Tensor, tensor: tensor);

    public static implicit operator TensorIndex(long index) => Single(index);

    public static implicit operator TensorIndex(int index) => Single(index);

    public static implicit operator TensorIndex(Tensor tensor) => Tensor(tensor);

    public static implicit operator TensorIndex(Index index) =>
        Single(Counted(index) ?? throw new ArgumentOutOfRangeException(nameof(index), "^0 is the place behind the last element."));

    public static implicit operator TensorIndex(Range range) => Slice(Counted(range.Start) ?? long.MaxValue, Counted(range.End));

    internal static void Lay(ReadOnlySpan<TensorIndex> indices, Span<IndexEntry> entries)
    {
        for (var i = 0; i < indices.Length; i++)
        {
            var index = indices[i];
            entries[i] = new IndexEntry((long)index.kind, index.start, index.stop, index.step, index.tensor?.Handle ?? 0);
        }
    }

    /// <summary>Call after native code has read the entries.</summary>
    internal static void KeepAlive(ReadOnlySpan<TensorIndex> indices)
    {
        foreach (var index in indices)
            GC.KeepAlive(index.tensor);
    }

    /// <summary>As native code counts, from the end by negative numbers. Null is the place behind the last one, which has none: -0 is the first.</summary>
    private static long? Counted(Index index) => !index.IsFromEnd ? index.Value : index.Value == 0 ? null : -index.Value;
}
