using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

// Element by element, each giving a new tensor of the broadcast shape.
public partial class Tensor
{
    public Tensor neg() => NativeMethods.uvlm_neg(this);

    public Tensor abs() => NativeMethods.uvlm_abs(this);

    public Tensor exp() => NativeMethods.uvlm_exp(this);

    public Tensor log() => NativeMethods.uvlm_log(this);

    public Tensor sqrt() => NativeMethods.uvlm_sqrt(this);

    public Tensor rsqrt() => NativeMethods.uvlm_rsqrt(this);

    public Tensor reciprocal() => NativeMethods.uvlm_reciprocal(this);

    public Tensor square() => NativeMethods.uvlm_square(this);

    public Tensor sin() => NativeMethods.uvlm_sin(this);

    public Tensor cos() => NativeMethods.uvlm_cos(this);

    public Tensor tanh() => NativeMethods.uvlm_tanh(this);

    public Tensor sigmoid() => NativeMethods.uvlm_sigmoid(this);

    public Tensor relu() => NativeMethods.uvlm_relu(this);

    public Tensor silu() => NativeMethods.uvlm_silu(this);

    public Tensor softplus() => NativeMethods.uvlm_softplus(this);

    public Tensor erfinv() => NativeMethods.uvlm_erfinv(this);

    public Tensor ceil() => NativeMethods.uvlm_ceil(this);

    public Tensor sign() => NativeMethods.uvlm_sign(this);

    public Tensor isnan() => NativeMethods.uvlm_isnan(this);

    public Tensor isfinite() => NativeMethods.uvlm_isfinite(this);

    public Tensor logical_not() => NativeMethods.uvlm_logical_not(this);

    public Tensor bitwise_not() => NativeMethods.uvlm_bitwise_not(this);

    /// <param name="approximate"><c>none</c> for the exact error function, <c>tanh</c> for its usual approximation.</param>
    public Tensor gelu(string approximate = "none") => NativeMethods.uvlm_gelu(this, approximate switch
    {
        "none" => 0,
        "tanh" => 1,
        _ => throw new ArgumentException($"gelu knows 'none' and 'tanh', not '{approximate}'.", nameof(approximate)),
    });

    /// <summary>
    /// Limits every element to [<paramref name="min"/>, <paramref name="max"/>]; a bound left out is none. Whole numbers stay whole between whole bounds.
    /// </summary>
    public Tensor clamp(Scalar? min = null, Scalar? max = null) => (min, max) switch
    {
        ({ } low, { } high) => NativeMethods.uvlm_clamp(this, low, high),
        ({ } low, null) => clamp_min(low),
        (null, { } high) => clamp_max(high),
        _ => clone(),
    };

    public Tensor clamp_min(Scalar min) => NativeMethods.uvlm_clamp_min_scalar(this, min);

    public Tensor clamp_max(Scalar max) => NativeMethods.uvlm_clamp_max_scalar(this, max);

    public Tensor add(Tensor other) => NativeMethods.uvlm_add(this, other);

    public Tensor add(Scalar other) => NativeMethods.uvlm_add_scalar(this, other);

    public Tensor sub(Tensor other) => NativeMethods.uvlm_sub(this, other);

    public Tensor sub(Scalar other) => NativeMethods.uvlm_sub_scalar(this, other);

    public Tensor mul(Tensor other) => NativeMethods.uvlm_mul(this, other);

    public Tensor mul(Scalar other) => NativeMethods.uvlm_mul_scalar(this, other);

    public Tensor div(Tensor other) => NativeMethods.uvlm_div(this, other);

    public Tensor div(Scalar other) => NativeMethods.uvlm_div_scalar(this, other);

    public Tensor pow(Tensor other) => NativeMethods.uvlm_pow(this, other);

    public Tensor pow(Scalar other) => NativeMethods.uvlm_pow_scalar(this, other);

    public Tensor eq(Tensor other) => NativeMethods.uvlm_eq(this, other);

    public Tensor eq(Scalar other) => NativeMethods.uvlm_eq_scalar(this, other);

    public Tensor ne(Tensor other) => NativeMethods.uvlm_ne(this, other);

    public Tensor ne(Scalar other) => NativeMethods.uvlm_ne_scalar(this, other);

    public Tensor lt(Tensor other) => NativeMethods.uvlm_lt(this, other);

    public Tensor lt(Scalar other) => NativeMethods.uvlm_lt_scalar(this, other);

    public Tensor le(Tensor other) => NativeMethods.uvlm_le(this, other);

    public Tensor le(Scalar other) => NativeMethods.uvlm_le_scalar(this, other);

    public Tensor gt(Tensor other) => NativeMethods.uvlm_gt(this, other);

    public Tensor gt(Scalar other) => NativeMethods.uvlm_gt_scalar(this, other);

    public Tensor ge(Tensor other) => NativeMethods.uvlm_ge(this, other);

    public Tensor ge(Scalar other) => NativeMethods.uvlm_ge_scalar(this, other);

    public Tensor remainder(Tensor other) => NativeMethods.uvlm_remainder(this, other);

    public Tensor remainder(Scalar other) => NativeMethods.uvlm_remainder_scalar(this, other);

    public Tensor logical_and(Tensor other) => NativeMethods.uvlm_logical_and(this, other);

    public Tensor logical_or(Tensor other) => NativeMethods.uvlm_logical_or(this, other);

    public Tensor bitwise_and(Tensor other) => NativeMethods.uvlm_bitwise_and(this, other);

    public Tensor bitwise_or(Tensor other) => NativeMethods.uvlm_bitwise_or(this, other);

    public Tensor maximum(Tensor other) => NativeMethods.uvlm_maximum(this, other);

    public Tensor minimum(Tensor other) => NativeMethods.uvlm_minimum(this, other);

    /// <summary>A copy in which <paramref name="value"/> stands wherever <paramref name="mask"/> is true.</summary>
    public Tensor masked_fill(Tensor mask, Scalar value) => NativeMethods.uvlm_masked_fill(this, mask, value);

    /// <summary>A copy in which the places where <paramref name="mask"/> is true take the elements of <paramref name="source"/> in order.</summary>
    public Tensor masked_scatter(Tensor mask, Tensor source) => NativeMethods.uvlm_masked_scatter(this, mask, source);

    /// <summary>This where the condition holds, <paramref name="other"/> elsewhere.</summary>
    public Tensor where(Tensor condition, Tensor other) => NativeMethods.uvlm_where(condition, this, other);
}
