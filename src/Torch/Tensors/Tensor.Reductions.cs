using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

// Where dimensions are left out, all are reduced to a tensor of rank 0.
public partial class Tensor
{
    public Tensor sum() => NativeMethods.uvlm_sum(this, [], 0, 0);

    public Tensor sum(long dim, bool keepdim = false) => NativeMethods.uvlm_sum(this, [dim], 1, keepdim ? 1 : 0);

    public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false) => NativeMethods.uvlm_sum(this, dim, dim.Length, keepdim ? 1 : 0);

    public Tensor mean() => NativeMethods.uvlm_mean(this, [], 0, 0);

    public Tensor mean(long dim, bool keepdim = false) => NativeMethods.uvlm_mean(this, [dim], 1, keepdim ? 1 : 0);

    public Tensor mean(ReadOnlySpan<long> dim, bool keepdim = false) => NativeMethods.uvlm_mean(this, dim, dim.Length, keepdim ? 1 : 0);

    /// <param name="unbiased">Divide by n - 1 instead of n.</param>
    public Tensor var(bool unbiased = true) => NativeMethods.uvlm_var(this, [], 0, unbiased ? 1 : 0, 0);

    public Tensor var(long dim, bool unbiased = true, bool keepdim = false) =>
        NativeMethods.uvlm_var(this, [dim], 1, unbiased ? 1 : 0, keepdim ? 1 : 0);

    public Tensor std(bool unbiased = true)
    {
        using var variance = var(unbiased);
        return variance.sqrt();
    }

    public Tensor max() => NativeMethods.uvlm_max_all(this);

    public Tensor min() => NativeMethods.uvlm_min_all(this);

    public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false)
    {
        NativeMethods.Check(NativeMethods.uvlm_max(this, dim, keepdim ? 1 : 0, out var values, out var indexes));
        return (Adopt(values), Adopt(indexes));
    }

    public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false)
    {
        NativeMethods.Check(NativeMethods.uvlm_min(this, dim, keepdim ? 1 : 0, out var values, out var indexes));
        return (Adopt(values), Adopt(indexes));
    }

    public Tensor amax(ReadOnlySpan<long> dim, bool keepdim = false) => NativeMethods.uvlm_amax(this, dim, dim.Length, keepdim ? 1 : 0);

    public Tensor amin(ReadOnlySpan<long> dim, bool keepdim = false) => NativeMethods.uvlm_amin(this, dim, dim.Length, keepdim ? 1 : 0);

    public Tensor argmax() => NativeMethods.uvlm_argmax(this, 0, 1, 0);

    public Tensor argmax(long dim, bool keepdim = false) => NativeMethods.uvlm_argmax(this, dim, 0, keepdim ? 1 : 0);

    public Tensor argmin() => NativeMethods.uvlm_argmin(this, 0, 1, 0);

    public Tensor argmin(long dim, bool keepdim = false) => NativeMethods.uvlm_argmin(this, dim, 0, keepdim ? 1 : 0);

    /// <summary>The k largest elements along a dimension, largest first, and where they stood.</summary>
    public (Tensor values, Tensor indexes) topk(long k, long dim = -1, bool largest = true, bool sorted = true)
    {
        NativeMethods.Check(NativeMethods.uvlm_topk(this, k, dim, largest ? 1 : 0, sorted ? 1 : 0, out var values, out var indexes));
        return (Adopt(values), Adopt(indexes));
    }

    public (Tensor values, Tensor indexes) sort(long dim = -1, bool descending = false, bool stable = false)
    {
        NativeMethods.Check(NativeMethods.uvlm_sort(this, dim, descending ? 1 : 0, stable ? 1 : 0, out var values, out var indexes));
        return (Adopt(values), Adopt(indexes));
    }

    public Tensor argsort(long dim = -1, bool descending = false)
    {
        var (values, indexes) = sort(dim, descending);
        values.Dispose();
        return indexes;
    }

    public Tensor all() => NativeMethods.uvlm_all(this);

    public Tensor all(long dim, bool keepdim = false) => NativeMethods.uvlm_all_dim(this, dim, keepdim ? 1 : 0);

    public Tensor any() => NativeMethods.uvlm_any(this);

    public Tensor any(long dim, bool keepdim = false) => NativeMethods.uvlm_any_dim(this, dim, keepdim ? 1 : 0);

    public Tensor cumsum(long dim) => NativeMethods.uvlm_cumsum(this, dim);

    public Tensor logsumexp(long dim, bool keepdim = false) => NativeMethods.uvlm_logsumexp(this, [dim], 1, keepdim ? 1 : 0);

    public Tensor softmax(long dim) => NativeMethods.uvlm_softmax(this, dim);

    public Tensor log_softmax(long dim) => NativeMethods.uvlm_log_softmax(this, dim);

    /// <summary>The p-norm of all elements together.</summary>
    public Tensor norm(double p = 2) => NativeMethods.uvlm_norm(this, p, [], 0, 0);

    public Tensor norm(long dim, bool keepdim = false, double p = 2) => NativeMethods.uvlm_norm(this, p, [dim], 1, keepdim ? 1 : 0);

    /// <summary>Row indices drawn by weight. [N] or [B, N] of non-negative weights -> [num_samples] or [B, num_samples] of int64.</summary>
    public Tensor multinomial(long num_samples, bool replacement = false) => NativeMethods.uvlm_multinomial(this, num_samples, replacement ? 1 : 0);

    /// <summary>Same shape and same elements.</summary>
    public bool equal(Tensor other)
    {
        NativeMethods.Check(NativeMethods.uvlm_equal(this, other, out var same));
        return same != 0;
    }

    public bool allclose(Tensor other, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false)
    {
        NativeMethods.Check(NativeMethods.uvlm_allclose(this, other, rtol, atol, equal_nan ? 1 : 0, out var close));
        return close != 0;
    }
}
