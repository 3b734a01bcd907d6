using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Actors.Device.Pool;

/// <summary>What happens to the devices of a pool, event ids 3040 to 3049.</summary>
internal static partial class PoolLog
{
    [LoggerMessage(3040, LogLevel.Warning, "{Device}: set aside for {Seconds:0.0} s, its {Count} pieces of work go elsewhere: {Reason}")]
    public static partial void SetAside(ILogger logger, string device, double seconds, int count, string reason);

    [LoggerMessage(3041, LogLevel.Warning, "{Device}: no answer for {Seconds:0.0} s while others answer; its {Count} pieces of work are given to others too")]
    public static partial void Late(ILogger logger, string device, double seconds, int count);

    [LoggerMessage(3042, LogLevel.Information, "{Device}: answers again")]
    public static partial void Answers(ILogger logger, string device);

    [LoggerMessage(3043, LogLevel.Warning, "{Device}: being brought back; {Count} pieces of work go elsewhere")]
    public static partial void Drained(ILogger logger, string device, int count);
}
