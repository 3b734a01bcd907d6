using UnifiedVlm.Actors.Device;

namespace UnifiedVlm.Server.Indexing;

/// <summary>
/// Work that needs a device and keeps others from it meanwhile, by a lease: it is begun only while there is one, and ended when there has been none for
/// <see cref="Patience"/>, so that a node that has one can do it.
/// </summary>
internal sealed class DeviceWork(IDeviceClient device, TimeProvider time)
{
    internal static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>A connection to a lender that breaks is made again sooner, as a rule.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <returns>Whether it was done; else there was no device, or none was left.</returns>
    public async Task<bool> RunAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        if (!device.HasDevice)
            return false;
        using var gone = new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, gone.Token);
        var seen = time.GetTimestamp();
        await using var watch = time.CreateTimer(
            _ =>
            {
                if (device.HasDevice)
                    seen = time.GetTimestamp();
                else if (time.GetElapsedTime(seen) >= Patience)
                    gone.Cancel();
            },
            null, Look, Look);
        try
        {
            await work(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
