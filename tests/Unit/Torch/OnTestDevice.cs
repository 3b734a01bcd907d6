using UnifiedVlm.Torch;

namespace UnifiedVlm.Tests.Unit.Torch;

/// <summary>Tests whose tensors are made on <see cref="TestDevice"/>. xunit makes, runs and disposes of a synchronous test on one thread.</summary>
public abstract class OnTestDevice : IDisposable
{
    protected OnTestDevice() => torch.set_default_device(TestDevice.Name);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => torch.set_default_device(null);
}
