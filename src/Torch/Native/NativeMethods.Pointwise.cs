using System.Runtime.InteropServices;

namespace UnifiedVlm.Torch.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)] public static partial Tensor uvlm_neg(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_abs(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_exp(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_log(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_sqrt(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_rsqrt(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_reciprocal(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_square(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_sin(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_cos(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_tanh(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_sigmoid(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_relu(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_erfinv(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_ceil(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_sign(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_isnan(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_isfinite(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_logical_not(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_bitwise_not(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_clone(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_contiguous(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_nonzero(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_all(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_any(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_diag(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_silu(Tensor a);
    [LibraryImport(Library)] public static partial Tensor uvlm_softplus(Tensor a);

    [LibraryImport(Library)] public static partial Tensor uvlm_add(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_sub(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_mul(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_div(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_pow(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_eq(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_ne(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_lt(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_le(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_gt(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_ge(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_logical_and(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_logical_or(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_bitwise_and(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_bitwise_or(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_maximum(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_minimum(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_remainder(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_matmul(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_mm(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_bmm(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_dot(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_masked_select(Tensor a, Tensor b);

    [LibraryImport(Library)] public static partial Tensor uvlm_add_scalar(Tensor a, Scalar b);
    [LibraryImport(Library)] public static partial Tensor uvlm_sub_scalar(Tensor a, Scalar b);
    [LibraryImport(Library)] public static partial Tensor uvlm_mul_scalar(Tensor a, Scalar b);
    [LibraryImport(Library)] public static partial Tensor uvlm_div_scalar(Tensor a, Scalar b);
    [LibraryImport(Library)] public static partial Tensor uvlm_pow_scalar(Tensor a, Scalar b);
    [LibraryImport(Library)] public static partial Tensor uvlm_eq_scalar(Tensor a, Scalar b);
    [LibraryImport(Library)] public static partial Tensor uvlm_ne_scalar(Tensor a, Scalar b);
    [LibraryImport(Library)] public static partial Tensor uvlm_lt_scalar(Tensor a, Scalar b);
    [LibraryImport(Library)] public static partial Tensor uvlm_le_scalar(Tensor a, Scalar b);
    [LibraryImport(Library)] public static partial Tensor uvlm_gt_scalar(Tensor a, Scalar b);
    [LibraryImport(Library)] public static partial Tensor uvlm_ge_scalar(Tensor a, Scalar b);
    [LibraryImport(Library)] public static partial Tensor uvlm_remainder_scalar(Tensor a, Scalar b);
    [LibraryImport(Library)] public static partial Tensor uvlm_clamp_min_scalar(Tensor a, Scalar b);
    [LibraryImport(Library)] public static partial Tensor uvlm_clamp_max_scalar(Tensor a, Scalar b);
    [LibraryImport(Library)] public static partial Tensor uvlm_rsub_scalar(Tensor a, Scalar b);

    [LibraryImport(Library)] public static partial Tensor uvlm_gelu(Tensor a, int tanhApproximation);
    [LibraryImport(Library)] public static partial Tensor uvlm_clamp(Tensor a, Scalar min, Scalar max);
    [LibraryImport(Library)] public static partial Tensor uvlm_where(Tensor condition, Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial Tensor uvlm_masked_fill(Tensor a, Tensor mask, Scalar value);
    [LibraryImport(Library)] public static partial Tensor uvlm_masked_scatter(Tensor a, Tensor mask, Tensor source);

    // In place.
    [LibraryImport(Library)] public static partial int uvlm_zero_(Tensor a);
    [LibraryImport(Library)] public static partial int uvlm_fill_(Tensor a, Scalar value);
    [LibraryImport(Library)] public static partial int uvlm_add_(Tensor a, Tensor b, Scalar alpha);
    [LibraryImport(Library)] public static partial int uvlm_add_scalar_(Tensor a, Scalar b);
    [LibraryImport(Library)] public static partial int uvlm_mul_(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial int uvlm_mul_scalar_(Tensor a, Scalar b);
    [LibraryImport(Library)] public static partial int uvlm_div_(Tensor a, Tensor b);
    [LibraryImport(Library)] public static partial int uvlm_clamp_(Tensor a, Scalar min, Scalar max);
    [LibraryImport(Library)] public static partial int uvlm_masked_fill_(Tensor a, Tensor mask, Scalar value);
    [LibraryImport(Library)] public static partial int uvlm_normal_(Tensor a, double mean, double std);
    [LibraryImport(Library)] public static partial int uvlm_uniform_(Tensor a, double from, double to);
    [LibraryImport(Library)] public static partial int uvlm_index_add_(Tensor a, long dim, Tensor index, Tensor source);
    [LibraryImport(Library)] public static partial int uvlm_index_copy_(Tensor a, long dim, Tensor index, Tensor source);
    [LibraryImport(Library)] public static partial int uvlm_scatter_(Tensor a, long dim, Tensor index, Tensor source);
}
