using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

/// <summary>A random generator of the calling thread until it is disposed there; see <see cref="torch.fork_rng"/>.</summary>
public sealed class GeneratorScope : IDisposable
{
    private readonly int threadId = Environment.CurrentManagedThreadId;
    private nint generator;

    internal GeneratorScope(long seed)
    {
        generator = NativeMethods.uvlm_enter_generator(seed);
        if (generator == 0)
            throw NativeMethods.LastError();
    }

    /// <exception cref="InvalidOperationException">Disposed on another thread.</exception>
    public void Dispose()
    {
        if (generator == 0)
            return;
        if (threadId != Environment.CurrentManagedThreadId)
            throw new InvalidOperationException("A generator must be left on the thread that entered it.");
        NativeMethods.uvlm_leave_generator(generator);
        generator = 0;
    }
}
