using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

/// <summary>
/// Inference mode on the calling thread: faster than no_grad, but the tensors made in it can never take part in a gradient graph.
/// </summary>
public sealed class InferenceModeScope : IDisposable
{
    private readonly int threadId = Environment.CurrentManagedThreadId;
    private nint guard;

    internal InferenceModeScope(bool enabled)
    {
        guard = NativeMethods.uvlm_enter_inference_mode(enabled ? 1 : 0);
        if (guard == 0)
            throw NativeMethods.LastError();
    }

    /// <exception cref="InvalidOperationException">Disposed on another thread.</exception>
    public void Dispose()
    {
        if (guard == 0)
            return;
        if (threadId != Environment.CurrentManagedThreadId)
            throw new InvalidOperationException("Inference mode must be left on the thread that entered it.");
        NativeMethods.uvlm_leave_inference_mode(guard);
        guard = 0;
    }
}
