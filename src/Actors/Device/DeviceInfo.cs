namespace UnifiedVlm.Actors.Device;

/// <summary>What a device has loaded.</summary>
/// <param name="Fingerprint">Names model, checkpoint and head; vectors with different fingerprints must never be compared.</param>
/// <param name="Dimension">D, the width of every vector.</param>
public sealed record DeviceInfo(string Fingerprint, int Dimension);
