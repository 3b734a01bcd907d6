namespace UnifiedVlm.Actors.Device;

public enum EncodePriority : byte
{
    /// <summary>Someone waits for it: goes first, is refused when the device is full.</summary>
    Query = 0,

    /// <summary>Throughput work: waits for room, keeps a floor of device time so that queries can't starve it.</summary>
    Ingest = 1,
}
