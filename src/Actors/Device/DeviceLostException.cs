namespace UnifiedVlm.Actors.Device;

/// <summary>
/// The device as a whole is unusable (out of memory, a driver's error), whatever was asked of it. Thrown by an encoder or generator it makes
/// supervision load the model anew; a caller sees it when a generation was under way then, or when the device has been given up.
/// </summary>
public sealed class DeviceLostException(string message, Exception? inner = null) : Exception(message, inner);
