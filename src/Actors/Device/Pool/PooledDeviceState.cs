namespace UnifiedVlm.Actors.Device.Pool;

public enum PooledDeviceState
{
    Ready,

    /// <summary>Lost, and being brought back: it may hold work meanwhile, but another should have it.</summary>
    Returning,

    /// <summary>Takes nothing, for now or for ever.</summary>
    Away,
}
