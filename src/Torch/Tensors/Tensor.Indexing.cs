using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

public partial class Tensor
{
    /// <summary>An index expression as in PyTorch: <c>x[0]</c>, <c>x[.., 1..3]</c>, <c>x[mask]</c>, <c>x[TensorIndex.Ellipsis, -1]</c>.</summary>
    public Tensor this[params ReadOnlySpan<TensorIndex> indices]
    {
        get => index(indices);
        set => index_put_(indices, value);
    }

    public unsafe Tensor index(params ReadOnlySpan<TensorIndex> indices)
    {
        Span<IndexEntry> entries = stackalloc IndexEntry[indices.Length];
        TensorIndex.Lay(indices, entries);
        fixed (IndexEntry* first = entries)
        {
            var result = NativeMethods.uvlm_index(this, first, indices.Length);
            TensorIndex.KeepAlive(indices);
            return result;
        }
    }

    /// <summary>Puts <paramref name="value"/>, broadcast, where the index expression points.</summary>
    public unsafe Tensor index_put_(ReadOnlySpan<TensorIndex> indices, Tensor value)
    {
        Span<IndexEntry> entries = stackalloc IndexEntry[indices.Length];
        TensorIndex.Lay(indices, entries);
        fixed (IndexEntry* first = entries)
            NativeMethods.Check(NativeMethods.uvlm_index_put_(this, first, indices.Length, value));
        TensorIndex.KeepAlive(indices);
        return this;
    }

    public unsafe Tensor index_put_(ReadOnlySpan<TensorIndex> indices, Scalar value)
    {
        Span<IndexEntry> entries = stackalloc IndexEntry[indices.Length];
        TensorIndex.Lay(indices, entries);
        fixed (IndexEntry* first = entries)
            NativeMethods.Check(NativeMethods.uvlm_index_put_scalar_(this, first, indices.Length, value));
        TensorIndex.KeepAlive(indices);
        return this;
    }

    /// <summary>The view [start, start + length) of a dimension.</summary>
    public Tensor narrow(long dim, long start, long length) => NativeMethods.uvlm_narrow(this, dim, start, length);

    /// <summary>The view [start, finish) of a dimension; bounds beyond its end are cut off, negative ones count from it.</summary>
    public Tensor slice(long dim, long start, long finish, long step = 1) => NativeMethods.uvlm_slice(this, dim, start, finish, step);

    public Tensor select(long dim, long index) => NativeMethods.uvlm_select(this, dim, index);

    public Tensor index_select(long dim, Tensor index) => NativeMethods.uvlm_index_select(this, dim, index);

    /// <summary>A copy to whose rows <paramref name="index"/> the rows of <paramref name="source"/> are added.</summary>
    public Tensor index_add(long dim, Tensor index, Tensor source) => NativeMethods.uvlm_index_add(this, dim, index, source);

    public Tensor gather(long dim, Tensor index) => NativeMethods.uvlm_gather(this, dim, index);

    public Tensor scatter(long dim, Tensor index, Tensor src) => NativeMethods.uvlm_scatter(this, dim, index, src);

    /// <summary>The elements where <paramref name="mask"/> is true, as one dimension.</summary>
    public Tensor masked_select(Tensor mask) => NativeMethods.uvlm_masked_select(this, mask);

    /// <summary>The coordinates of all elements that are not zero: [n, rank] of int64.</summary>
    public Tensor nonzero() => NativeMethods.uvlm_nonzero(this);
}
