using System.Runtime.InteropServices;

namespace UnifiedVlm.Torch.Native;

internal static unsafe partial class NativeMethods
{
    // Reductions; no dimensions means all of them.
    [LibraryImport(Library)] public static partial Tensor uvlm_sum(Tensor a, ReadOnlySpan<long> dims, long count, int keepdim);
    [LibraryImport(Library)] public static partial Tensor uvlm_mean(Tensor a, ReadOnlySpan<long> dims, long count, int keepdim);
    [LibraryImport(Library)] public static partial Tensor uvlm_var(Tensor a, ReadOnlySpan<long> dims, long count, int unbiased, int keepdim);
    [LibraryImport(Library)] public static partial Tensor uvlm_amax(Tensor a, ReadOnlySpan<long> dims, long count, int keepdim);
    [LibraryImport(Library)] public static partial Tensor uvlm_amin(Tensor a, ReadOnlySpan<long> dims, long count, int keepdim);
    [LibraryImport(Library)] public static partial Tensor uvlm_max_all(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_min_all(Tensor a);
    [LibraryImport(Library)] public static partial int uvlm_max(Tensor a, long dim, int keepdim, out nint values, out nint indices);
    [LibraryImport(Library)] public static partial int uvlm_min(Tensor a, long dim, int keepdim, out nint values, out nint indices);
    [LibraryImport(Library)] public static partial int uvlm_topk(Tensor a, long k, long dim, int largest, int sorted, out nint values, out nint indices);
    [LibraryImport(Library)] public static partial int uvlm_sort(Tensor a, long dim, int descending, int stable, out nint values, out nint indices);
    [LibraryImport(Library)] public static partial Tensor uvlm_argmax(Tensor a, long dim, int all, int keepdim);
    [LibraryImport(Library)] public static partial Tensor uvlm_argmin(Tensor a, long dim, int all, int keepdim);
    [LibraryImport(Library)] public static partial Tensor uvlm_all_dim(Tensor a, long dim, int keepdim);
    [LibraryImport(Library)] public static partial Tensor uvlm_any_dim(Tensor a, long dim, int keepdim);
    [LibraryImport(Library)] public static partial Tensor uvlm_cumsum(Tensor a, long dim);
    [LibraryImport(Library)] public static partial Tensor uvlm_logsumexp(Tensor a, ReadOnlySpan<long> dims, long count, int keepdim);
    [LibraryImport(Library)] public static partial Tensor uvlm_norm(Tensor a, double p, ReadOnlySpan<long> dims, long count, int keepdim);
    [LibraryImport(Library)] public static partial Tensor uvlm_multinomial(Tensor a, long count, int replacement);
    [LibraryImport(Library)] public static partial int uvlm_equal(Tensor a, Tensor b, out int equal);
    [LibraryImport(Library)] public static partial int uvlm_allclose(Tensor a, Tensor b, double rtol, double atol, int equalNan, out int close);

    // Shapes.
    [LibraryImport(Library)] public static partial Tensor uvlm_view(Tensor a, ReadOnlySpan<long> shape, long rank);
    [LibraryImport(Library)] public static partial Tensor uvlm_reshape(Tensor a, ReadOnlySpan<long> shape, long rank);
    [LibraryImport(Library)] public static partial Tensor uvlm_expand(Tensor a, ReadOnlySpan<long> shape, long rank);
    [LibraryImport(Library)] public static partial Tensor uvlm_repeat(Tensor a, ReadOnlySpan<long> times, long rank);
    [LibraryImport(Library)] public static partial Tensor uvlm_repeat_interleave(Tensor a, long times, long dim);
    [LibraryImport(Library)] public static partial Tensor uvlm_permute(Tensor a, ReadOnlySpan<long> dims, long rank);
    [LibraryImport(Library)] public static partial Tensor uvlm_transpose(Tensor a, long dim0, long dim1);
    [LibraryImport(Library)] public static partial Tensor uvlm_flatten(Tensor a, long start, long end);
    [LibraryImport(Library)] public static partial Tensor uvlm_unflatten(Tensor a, long dim, ReadOnlySpan<long> shape, long rank);
    [LibraryImport(Library)] public static partial Tensor uvlm_unsqueeze(Tensor a, long dim);
    [LibraryImport(Library)] public static partial Tensor uvlm_squeeze(Tensor a, long dim, int all);
    [LibraryImport(Library)] public static partial Tensor uvlm_flip(Tensor a, ReadOnlySpan<long> dims, long count);
    [LibraryImport(Library)] public static partial Tensor uvlm_pad(Tensor a, ReadOnlySpan<long> pads, long count, double value);
    [LibraryImport(Library)] public static partial Tensor uvlm_tril(Tensor a, long diagonal);
    [LibraryImport(Library)] public static partial Tensor uvlm_triu(Tensor a, long diagonal);
    [LibraryImport(Library)] public static partial Tensor uvlm_cat(ReadOnlySpan<nint> tensors, long count, long dim);
    [LibraryImport(Library)] public static partial Tensor uvlm_stack(ReadOnlySpan<nint> tensors, long count, long dim);
    [LibraryImport(Library)] public static partial int uvlm_split(Tensor a, ReadOnlySpan<long> sizes, long count, long dim, Span<nint> pieces);
    [LibraryImport(Library)] public static partial int uvlm_unbind(Tensor a, long dim, long count, Span<nint> pieces);

    // Indexing.
    [LibraryImport(Library)] public static partial Tensor uvlm_narrow(Tensor a, long dim, long start, long length);
    [LibraryImport(Library)] public static partial Tensor uvlm_slice(Tensor a, long dim, long start, long end, long step);
    [LibraryImport(Library)] public static partial Tensor uvlm_select(Tensor a, long dim, long index);
    [LibraryImport(Library)] public static partial Tensor uvlm_index_select(Tensor a, long dim, Tensor index);
    [LibraryImport(Library)] public static partial Tensor uvlm_index_add(Tensor a, long dim, Tensor index, Tensor source);
    [LibraryImport(Library)] public static partial Tensor uvlm_gather(Tensor a, long dim, Tensor index);
    [LibraryImport(Library)] public static partial Tensor uvlm_scatter(Tensor a, long dim, Tensor index, Tensor source);
    [LibraryImport(Library)] public static partial Tensor uvlm_index(Tensor a, IndexEntry* entries, long count);
    [LibraryImport(Library)] public static partial int uvlm_index_put_(Tensor a, IndexEntry* entries, long count, Tensor value);
    [LibraryImport(Library)] public static partial int uvlm_index_put_scalar_(Tensor a, IndexEntry* entries, long count, Scalar value);
}
