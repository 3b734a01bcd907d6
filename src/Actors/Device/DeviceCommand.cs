namespace UnifiedVlm.Actors.Device;

/// <summary>The protocol of the device actor: <see cref="EncodeWork"/>, <see cref="GenerationWork"/> and <see cref="DeviceStep"/>.</summary>
internal abstract class DeviceCommand;

/// <summary>Do the next piece of work. Waits in the low lane, which holds one: telling it twice is telling it once.</summary>
internal sealed class DeviceStep : DeviceCommand
{
    public static readonly DeviceStep Instance = new();

    private DeviceStep()
    {
    }
}
