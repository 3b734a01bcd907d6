using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

/// <summary>Switches gradient recording on the calling thread until it is disposed there.</summary>
public sealed class GradModeScope : IDisposable
{
    private readonly int threadId = Environment.CurrentManagedThreadId;
    private readonly int before = NativeMethods.uvlm_grad_enabled();
    private bool disposed;

    internal GradModeScope(bool enabled) => NativeMethods.uvlm_set_grad_enabled(enabled ? 1 : 0);

    /// <exception cref="InvalidOperationException">Disposed on another thread, whose mode is none of its business.</exception>
    public void Dispose()
    {
        if (disposed)
            return;
        if (threadId != Environment.CurrentManagedThreadId)
            throw new InvalidOperationException("A gradient mode must be left on the thread that entered it.");
        disposed = true;
        NativeMethods.uvlm_set_grad_enabled(before);
    }
}
