namespace UnifiedVlm.Actors.Device;

public enum DeviceState
{
    /// <summary>Loading the model for the first time.</summary>
    Starting,

    Running,

    /// <summary>Lost, and waiting for its back-off or loading anew.</summary>
    Restarting,

    /// <summary>Stopped or given up.</summary>
    Stopped,
}
