using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

// Changes of this tensor itself, which is returned.
public partial class Tensor
{
    public Tensor zero_()
    {
        NativeMethods.Check(NativeMethods.uvlm_zero_(this));
        return this;
    }

    public Tensor fill_(Scalar value)
    {
        NativeMethods.Check(NativeMethods.uvlm_fill_(this, value));
        return this;
    }

    /// <summary>Takes the elements of <paramref name="source"/>, converted and broadcast as needed.</summary>
    public Tensor copy_(Tensor source)
    {
        NativeMethods.Check(NativeMethods.uvlm_copy_(this, source));
        return this;
    }

    public Tensor add_(Tensor other, double alpha = 1)
    {
        NativeMethods.Check(NativeMethods.uvlm_add_(this, other, WholeWherePossible(alpha)));
        return this;
    }

    public Tensor add_(Scalar other)
    {
        NativeMethods.Check(NativeMethods.uvlm_add_scalar_(this, other));
        return this;
    }

    public Tensor sub_(Tensor other)
    {
        NativeMethods.Check(NativeMethods.uvlm_add_(this, other, -1));
        return this;
    }

    public Tensor mul_(Tensor other)
    {
        NativeMethods.Check(NativeMethods.uvlm_mul_(this, other));
        return this;
    }

    public Tensor mul_(Scalar other)
    {
        NativeMethods.Check(NativeMethods.uvlm_mul_scalar_(this, other));
        return this;
    }

    public Tensor div_(Tensor other)
    {
        NativeMethods.Check(NativeMethods.uvlm_div_(this, other));
        return this;
    }

    public Tensor clamp_(Scalar min, Scalar max)
    {
        NativeMethods.Check(NativeMethods.uvlm_clamp_(this, min, max));
        return this;
    }

    public Tensor masked_fill_(Tensor mask, Scalar value)
    {
        NativeMethods.Check(NativeMethods.uvlm_masked_fill_(this, mask, value));
        return this;
    }

    public Tensor normal_(double mean = 0, double std = 1)
    {
        NativeMethods.Check(NativeMethods.uvlm_normal_(this, mean, std));
        return this;
    }

    public Tensor uniform_(double from = 0, double to = 1)
    {
        NativeMethods.Check(NativeMethods.uvlm_uniform_(this, from, to));
        return this;
    }

    public Tensor index_add_(long dim, Tensor index, Tensor source)
    {
        NativeMethods.Check(NativeMethods.uvlm_index_add_(this, dim, index, source));
        return this;
    }

    public Tensor index_copy_(long dim, Tensor index, Tensor source)
    {
        NativeMethods.Check(NativeMethods.uvlm_index_copy_(this, dim, index, source));
        return this;
    }

    public Tensor scatter_(long dim, Tensor index, Tensor src)
    {
        NativeMethods.Check(NativeMethods.uvlm_scatter_(this, dim, index, src));
        return this;
    }

    // libtorch refuses a real factor for tensors of whole numbers.
    private static Scalar WholeWherePossible(double value) =>
        value == Math.Truncate(value) && Math.Abs(value) < 1e15 ? (Scalar)(long)value : (Scalar)value;
}
