using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

/// <summary>Mixed precision on the calling thread until it is disposed there; see <see cref="torch.autocast"/>.</summary>
public sealed class AutocastScope : IDisposable
{
    private readonly int threadId = Environment.CurrentManagedThreadId;
    private readonly int before = NativeMethods.uvlm_autocast_enabled();
    private bool disposed;

    internal AutocastScope(ScalarType dtype, bool enabled)
    {
        if (dtype != ScalarType.BFloat16)
            throw new ArgumentException($"autocast knows bfloat16, not {dtype}.", nameof(dtype));
        NativeMethods.uvlm_set_autocast_enabled(enabled ? 1 : 0);
    }

    /// <exception cref="InvalidOperationException">Disposed on another thread, whose mode is none of its business.</exception>
    public void Dispose()
    {
        if (disposed)
            return;
        if (threadId != Environment.CurrentManagedThreadId)
            throw new InvalidOperationException("Autocast must be left on the thread that entered it.");
        disposed = true;
        NativeMethods.uvlm_set_autocast_enabled(before);
    }
}
