using UnifiedVlm.Model.Generation;

namespace UnifiedVlm.Actors.Device;

/// <summary>What the device shows of itself to other threads.</summary>
/// <param name="changed">Told of every change of the state.</param>
internal sealed class DeviceBoard(string path, Action changed)
{
    private readonly TaskCompletionSource<DeviceInfo> ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile DeviceInfo? info;
    private volatile ITextGenerator? generator;
    private volatile DeviceState state = DeviceState.Starting;

    public Task<DeviceInfo> Ready => ready.Task;

    public DeviceInfo? Info => info;

    public DeviceState State => state;

    /// <summary>Of the weights in use; none before they have been loaded.</summary>
    public CacheUsage Cache => generator?.Cache ?? default;

    /// <exception cref="ModelChangedException">Other weights than before.</exception>
    public void Loaded(DeviceInfo loaded, ITextGenerator generating)
    {
        if (info is { } before && before != loaded)
            throw new ModelChangedException(path, before.Fingerprint, loaded.Fingerprint);
        info = loaded;
        generator = generating;
        state = DeviceState.Running;
        ready.TrySetResult(loaded);
        changed();
    }

    public void Lost()
    {
        state = info is null ? DeviceState.Starting : DeviceState.Restarting;
        changed();
    }

    public void Stopped(Exception reason)
    {
        state = DeviceState.Stopped;
        if (ready.TrySetException(reason))
            _ = ready.Task.Exception; // Nobody need wait for it: the failure has been logged.
        changed();
    }
}
