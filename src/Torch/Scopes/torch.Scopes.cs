using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

// Scopes are of the calling thread, so no await within one.
public static partial class torch
{
    /// <summary>From now on the tensors that this thread makes are disposed with the scope.</summary>
    public static DisposeScope NewDisposeScope() => new();

    /// <summary>No gradients are recorded by this thread until the result is disposed.</summary>
    public static GradModeScope no_grad() => new(enabled: false);

    public static GradModeScope enable_grad(bool enabled = true) => new(enabled);

    public static GradModeScope set_grad_enabled(bool mode) => new(mode);

    /// <summary>As <see cref="no_grad"/> and cheaper, but the tensors made under it can never be part of a gradient graph.</summary>
    public static InferenceModeScope inference_mode(bool mode = true) => new(mode);

    /// <summary>
    /// Until the result is disposed, <see cref="nn.functional.linear"/> on this thread rounds the factors of its products to bfloat16, in the
    /// backward pass of what it made here too. Weights, activations, sums and gradients stay float32, and so does everything else.
    /// </summary>
    /// <param name="dtype">bfloat16: its range is float32's, so that no loss scaling is needed.</param>
    /// <param name="enabled">False switches it off within a scope that has it on.</param>
    /// <exception cref="ArgumentException">Another type.</exception>
    public static AutocastScope autocast(ScalarType dtype = ScalarType.BFloat16, bool enabled = true) => new(dtype, enabled);

    public static bool is_autocast_enabled() => NativeMethods.uvlm_autocast_enabled() != 0;

    public static bool is_grad_enabled() => NativeMethods.uvlm_grad_enabled() != 0;
}
