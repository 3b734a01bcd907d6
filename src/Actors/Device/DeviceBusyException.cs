namespace UnifiedVlm.Actors.Device;

/// <summary>The device takes no more work now. Maps to HTTP 429.</summary>
public sealed class DeviceBusyException(string message, TimeSpan retryAfter) : Exception(message)
{
    public TimeSpan RetryAfter { get; } = retryAfter;
}
