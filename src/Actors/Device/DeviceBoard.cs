namespace UnifiedVlm.Actors.Device;

/// <summary>What the device shows of itself to other threads.</summary>
internal sealed class DeviceBoard(string path)
{
    private readonly TaskCompletionSource<DeviceInfo> ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile DeviceInfo? info;
    private volatile DeviceState state = DeviceState.Starting;

    public Task<DeviceInfo> Ready => ready.Task;

    public DeviceInfo? Info => info;

    public DeviceState State => state;

    /// <exception cref="ModelChangedException">Other weights than before.</exception>
    public void Loaded(DeviceInfo loaded)
    {
        if (info is { } before && before != loaded)
            throw new ModelChangedException(path, before.Fingerprint, loaded.Fingerprint);
        info = loaded;
        state = DeviceState.Running;
        ready.TrySetResult(loaded);
    }

    public void Lost() => state = info is null ? DeviceState.Starting : DeviceState.Restarting;

    public void Stopped(Exception reason)
    {
        state = DeviceState.Stopped;
        if (ready.TrySetException(reason))
            _ = ready.Task.Exception; // Nobody need wait for it: the failure has been logged.
    }
}
