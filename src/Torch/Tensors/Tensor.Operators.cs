using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

// Operands are broadcast against each other and promoted to a common type, as in PyTorch. == stays the identity of objects: use eq.
public partial class Tensor
{
    public static Tensor operator +(Tensor a, Tensor b) => NativeMethods.uvlm_add(a, b);

    public static Tensor operator +(Tensor a, Scalar b) => NativeMethods.uvlm_add_scalar(a, b);

    public static Tensor operator +(Scalar a, Tensor b) => NativeMethods.uvlm_add_scalar(b, a);

    public static Tensor operator -(Tensor a, Tensor b) => NativeMethods.uvlm_sub(a, b);

    public static Tensor operator -(Tensor a, Scalar b) => NativeMethods.uvlm_sub_scalar(a, b);

    public static Tensor operator -(Scalar a, Tensor b) => NativeMethods.uvlm_rsub_scalar(b, a);

    public static Tensor operator *(Tensor a, Tensor b) => NativeMethods.uvlm_mul(a, b);

    public static Tensor operator *(Tensor a, Scalar b) => NativeMethods.uvlm_mul_scalar(a, b);

    public static Tensor operator *(Scalar a, Tensor b) => NativeMethods.uvlm_mul_scalar(b, a);

    public static Tensor operator /(Tensor a, Tensor b) => NativeMethods.uvlm_div(a, b);

    public static Tensor operator /(Tensor a, Scalar b) => NativeMethods.uvlm_div_scalar(a, b);

    public static Tensor operator /(Scalar a, Tensor b)
    {
        using var inverse = NativeMethods.uvlm_reciprocal(b);
        return NativeMethods.uvlm_mul_scalar(inverse, a);
    }

    public static Tensor operator -(Tensor a) => NativeMethods.uvlm_neg(a);

    public static Tensor operator <(Tensor a, Tensor b) => NativeMethods.uvlm_lt(a, b);

    public static Tensor operator >(Tensor a, Tensor b) => NativeMethods.uvlm_gt(a, b);

    public static Tensor operator <=(Tensor a, Tensor b) => NativeMethods.uvlm_le(a, b);

    public static Tensor operator >=(Tensor a, Tensor b) => NativeMethods.uvlm_ge(a, b);

    public static Tensor operator <(Tensor a, Scalar b) => NativeMethods.uvlm_lt_scalar(a, b);

    public static Tensor operator >(Tensor a, Scalar b) => NativeMethods.uvlm_gt_scalar(a, b);

    public static Tensor operator <=(Tensor a, Scalar b) => NativeMethods.uvlm_le_scalar(a, b);

    public static Tensor operator >=(Tensor a, Scalar b) => NativeMethods.uvlm_ge_scalar(a, b);

    public static Tensor operator &(Tensor a, Tensor b) => NativeMethods.uvlm_bitwise_and(a, b);

    public static Tensor operator |(Tensor a, Tensor b) => NativeMethods.uvlm_bitwise_or(a, b);

    public static Tensor operator ~(Tensor a) => NativeMethods.uvlm_bitwise_not(a);
}
