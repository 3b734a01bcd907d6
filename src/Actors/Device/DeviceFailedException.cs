namespace UnifiedVlm.Actors.Device;

/// <summary>The device failed on this document after its batch had been bisected down to it. Not retried.</summary>
public sealed class DeviceFailedException(string message, Exception inner) : Exception(message, inner);
