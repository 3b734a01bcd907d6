using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

public partial class Tensor
{
    public bool requires_grad
    {
        get => NativeMethods.uvlm_requires_grad(this) != 0;
        set => NativeMethods.Check(NativeMethods.uvlm_set_requires_grad(this, value ? 1 : 0));
    }

    public Tensor requires_grad_(bool requires_grad = true)
    {
        this.requires_grad = requires_grad;
        return this;
    }

    public bool is_leaf => NativeMethods.uvlm_is_leaf(this) != 0;

    /// <summary>The gradient that <see cref="backward"/> gathered, or null. Reading it makes a handle of its own, in the current scope.</summary>
    public Tensor? grad
    {
        get
        {
            NativeMethods.Check(NativeMethods.uvlm_grad(this, out var gradient));
            return AdoptOptional(gradient);
        }
        set => NativeMethods.Check(NativeMethods.uvlm_set_grad(this, value));
    }

    /// <summary>Adds the derivatives of this tensor to <see cref="grad"/> of every leaf it was computed from.</summary>
    /// <param name="gradient">The derivative with respect to this tensor; may be left out for a single element.</param>
    public void backward(Tensor? gradient = null, bool retain_graph = false) =>
        NativeMethods.Check(NativeMethods.uvlm_backward(this, gradient, retain_graph ? 1 : 0));

    /// <summary>The same storage outside the gradient graph.</summary>
    public Tensor detach() => NativeMethods.uvlm_detach(this);

    public Tensor clone() => NativeMethods.uvlm_clone(this);

    /// <summary>A second handle to this very tensor, graph included.</summary>
    public Tensor alias() => NativeMethods.uvlm_alias(this);

    public Tensor to(ScalarType dtype, bool copy = false) => Convert(dtype, device, copy);

    public Tensor to(Device device, bool copy = false) => Convert(dtype, device, copy);

    public Tensor to(ScalarType dtype, Device device, bool copy = false) => Convert(dtype, device, copy);

    public Tensor to(Device device, ScalarType dtype, bool copy = false) => Convert(dtype, device, copy);

    public Tensor cpu() => to(torch.CPU);

    public Tensor cuda(int index = 0) => to(new Device(DeviceType.CUDA, index));

    public Tensor @float() => to(ScalarType.Float32);

    public Tensor @double() => to(ScalarType.Float64);

    public Tensor bfloat16() => to(ScalarType.BFloat16);

    public Tensor @long() => to(ScalarType.Int64);

    public Tensor @bool() => to(ScalarType.Bool);

    private Tensor Convert(ScalarType type, Device target, bool copy) =>
        NativeMethods.uvlm_to(this, (int)type, (int)target.type, target.index, copy ? 1 : 0);
}
