using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Actors.Device;

/// <summary>The life of devices, event ids 3020 to 3039.</summary>
internal static partial class DeviceLog
{
    [LoggerMessage(3020, LogLevel.Information, "{Device}: loaded {Fingerprint}, dimension {Dimension}, in {Seconds:0.00} s")]
    public static partial void Loaded(ILogger logger, string device, string fingerprint, int dimension, double seconds);

    [LoggerMessage(3021, LogLevel.Warning, "{Device}: a batch of {Count} documents failed; it is split to find the bad one")]
    public static partial void BatchFailed(ILogger logger, string device, int count, Exception failure);

    [LoggerMessage(3022, LogLevel.Warning, "{Device}: a document of {Tokens} tokens failed alone")]
    public static partial void DocumentFailed(ILogger logger, string device, int tokens, Exception failure);

    [LoggerMessage(3023, LogLevel.Error, "{Device}: lost with {Count} documents and {Generations} generations on it")]
    public static partial void Lost(ILogger logger, string device, int count, int generations, Exception failure);

    [LoggerMessage(3024, LogLevel.Warning, "{Device}: a generation failed")]
    public static partial void GenerationFailed(ILogger logger, string device, Exception failure);

    [LoggerMessage(3025, LogLevel.Critical, "{Device}: given up; what waits for it fails")]
    public static partial void GivenUp(ILogger logger, string device, Exception failure);

    [LoggerMessage(3026, LogLevel.Warning, "{Device}: the KV cache of a generation could not be freed")]
    public static partial void DisposeFailed(ILogger logger, string device, Exception failure);
}
