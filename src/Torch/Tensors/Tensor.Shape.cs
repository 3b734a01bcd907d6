using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

// Views where libtorch gives views; contiguous, repeat and reshape may copy. Negative dimensions count from the last.
public partial class Tensor
{
    /// <summary>The same storage under another shape; one size may be -1.</summary>
    public Tensor view(params ReadOnlySpan<long> shape) => NativeMethods.uvlm_view(this, shape, shape.Length);

    public Tensor view_as(Tensor other) => view(other.shape);

    public Tensor reshape(params ReadOnlySpan<long> shape) => NativeMethods.uvlm_reshape(this, shape, shape.Length);

    public Tensor expand(params ReadOnlySpan<long> sizes) => NativeMethods.uvlm_expand(this, sizes, sizes.Length);

    public Tensor expand_as(Tensor other) => expand(other.shape);

    public Tensor repeat(params ReadOnlySpan<long> sizes) => NativeMethods.uvlm_repeat(this, sizes, sizes.Length);

    public Tensor repeat_interleave(long repeats, long dim) => NativeMethods.uvlm_repeat_interleave(this, repeats, dim);

    public Tensor permute(params ReadOnlySpan<long> dims) => NativeMethods.uvlm_permute(this, dims, dims.Length);

    public Tensor transpose(long dim0, long dim1) => NativeMethods.uvlm_transpose(this, dim0, dim1);

    /// <summary>The transpose of a matrix.</summary>
    public Tensor t() => NativeMethods.uvlm_transpose(this, 0, 1);

    /// <summary>The transpose of the last two dimensions.</summary>
    public Tensor mT => NativeMethods.uvlm_transpose(this, -2, -1);

    public Tensor contiguous() => NativeMethods.uvlm_contiguous(this);

    public Tensor flatten(long start_dim = 0, long end_dim = -1) => NativeMethods.uvlm_flatten(this, start_dim, end_dim);

    public Tensor unflatten(long dim, params ReadOnlySpan<long> sizes) => NativeMethods.uvlm_unflatten(this, dim, sizes, sizes.Length);

    public Tensor unsqueeze(long dim) => NativeMethods.uvlm_unsqueeze(this, dim);

    public Tensor squeeze() => NativeMethods.uvlm_squeeze(this, 0, 1);

    public Tensor squeeze(long dim) => NativeMethods.uvlm_squeeze(this, dim, 0);

    public Tensor flip(params ReadOnlySpan<long> dims) => NativeMethods.uvlm_flip(this, dims, dims.Length);

    public Tensor tril(long diagonal = 0) => NativeMethods.uvlm_tril(this, diagonal);

    public Tensor triu(long diagonal = 0) => NativeMethods.uvlm_triu(this, diagonal);

    public Tensor diag() => NativeMethods.uvlm_diag(this);

    /// <summary>Pieces of <paramref name="split_size"/> along a dimension; the last may be smaller.</summary>
    public Tensor[] split(long split_size, long dim = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(split_size);
        var total = size(dim);
        var sizes = new long[Math.Max(1, (total + split_size - 1) / split_size)];
        for (var i = 0; i < sizes.Length; i++)
            sizes[i] = Math.Min(split_size, total - i * split_size);
        return split(sizes, dim);
    }

    /// <summary>Pieces of the given sizes, which must add up.</summary>
    public Tensor[] split(ReadOnlySpan<long> split_sizes, long dim = 0)
    {
        var pieces = new nint[split_sizes.Length];
        NativeMethods.Check(NativeMethods.uvlm_split(this, split_sizes, split_sizes.Length, dim, pieces));
        return Array.ConvertAll(pieces, Adopt);
    }

    /// <summary>At most <paramref name="chunks"/> pieces of equal size; the last may be smaller.</summary>
    public Tensor[] chunk(long chunks, long dim = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunks);
        return split(Math.Max(1, (size(dim) + chunks - 1) / chunks), dim);
    }

    /// <summary>The slices along a dimension, which is gone from each.</summary>
    public Tensor[] unbind(long dim = 0)
    {
        var pieces = new nint[size(dim)];
        NativeMethods.Check(NativeMethods.uvlm_unbind(this, dim, pieces.Length, pieces));
        return Array.ConvertAll(pieces, Adopt);
    }
}
