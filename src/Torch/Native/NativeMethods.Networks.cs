using System.Runtime.InteropServices;

namespace UnifiedVlm.Torch.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)] public static partial Tensor uvlm_softmax(Tensor a, long dim);
    [LibraryImport(Library)] public static partial Tensor uvlm_log_softmax(Tensor a, long dim);
    [LibraryImport(Library)] public static partial Tensor uvlm_cross_entropy(Tensor logits, Tensor target, Tensor? weight, long reduction, long ignoreIndex, double labelSmoothing);
    [LibraryImport(Library)] public static partial Tensor uvlm_mse_loss(Tensor a, Tensor target, long reduction);
    [LibraryImport(Library)] public static partial Tensor uvlm_linear(Tensor x, Tensor weight, Tensor? bias);
    [LibraryImport(Library)] public static partial Tensor uvlm_embedding(Tensor weight, Tensor indices);
    [LibraryImport(Library)] public static partial Tensor uvlm_layer_norm(Tensor x, ReadOnlySpan<long> shape, long rank, Tensor? weight, Tensor? bias, double eps);
    [LibraryImport(Library)] public static partial Tensor uvlm_conv2d(Tensor x, Tensor weight, Tensor? bias, ReadOnlySpan<long> stride, ReadOnlySpan<long> padding, ReadOnlySpan<long> dilation, long groups);
    [LibraryImport(Library)] public static partial Tensor uvlm_avg_pool2d(Tensor x, ReadOnlySpan<long> kernel, ReadOnlySpan<long> stride);
    [LibraryImport(Library)] public static partial Tensor uvlm_interpolate2d(Tensor x, long height, long width, int mode, int alignCorners);
    [LibraryImport(Library)] public static partial Tensor uvlm_dropout(Tensor x, double p, int train);
    [LibraryImport(Library)] public static partial Tensor uvlm_normalize(Tensor x, double p, long dim, double eps);
    [LibraryImport(Library)] public static partial Tensor uvlm_rms_norm(Tensor x, Tensor? weight, double eps);
    [LibraryImport(Library)] public static partial Tensor uvlm_scaled_dot_product_attention(Tensor q, Tensor k, Tensor v, Tensor? mask, int isCausal, double scale);
    [LibraryImport(Library)] public static partial Tensor uvlm_packed_attention(Tensor qkv, long heads, long shared, ReadOnlySpan<long> lengths, long count, int isCausal, double scale);
    [LibraryImport(Library)]
    public static partial Tensor uvlm_paged_attention(
        Tensor qkv, Tensor keys, Tensor values, long heads, ReadOnlySpan<int> blocks, long blockCount, long blockTokens, ReadOnlySpan<long> lengths, long count, double scale);

    [LibraryImport(Library)] public static partial Tensor uvlm_rotary_embedding(Tensor x, Tensor cos, Tensor sin, long turned);
    [LibraryImport(Library)] public static partial Tensor uvlm_swiglu(Tensor x);

    // A function of ours inside the graph.
    [LibraryImport(Library)]
    public static partial Tensor uvlm_checkpoint(
        ReadOnlySpan<nint> inputs, long count, delegate* unmanaged<nint, nint*, long, nint> run, delegate* unmanaged<nint, void> release, nint context);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial void uvlm_report_error(string message);

    // Optimisation.
    [LibraryImport(Library)]
    public static partial int uvlm_adamw_step(
        ReadOnlySpan<nint> parameters, ReadOnlySpan<nint> masters, ReadOnlySpan<nint> means, ReadOnlySpan<nint> variances,
        Span<long> steps, ReadOnlySpan<double> lrs, ReadOnlySpan<double> weightDecays, long count, double beta1, double beta2, double eps);
    [LibraryImport(Library)] public static partial int uvlm_clip_grad_norm(ReadOnlySpan<nint> parameters, long count, double maxNorm, out double total);
    [LibraryImport(Library)] public static partial int uvlm_zero_grad(ReadOnlySpan<nint> parameters, long count, int setToNone);
}
