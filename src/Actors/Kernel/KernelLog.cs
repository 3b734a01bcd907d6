using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Actors.Kernel;

/// <summary>The life of actors, event ids 3000 to 3019.</summary>
internal static partial class KernelLog
{
    [LoggerMessage(3000, LogLevel.Debug, "{Path}: started")]
    public static partial void Started(ILogger logger, string path);

    [LoggerMessage(3001, LogLevel.Debug, "{Path}: stopped")]
    public static partial void Stopped(ILogger logger, string path);

    [LoggerMessage(3002, LogLevel.Warning, "{Path}: failed on a message and goes on with the next")]
    public static partial void Resumed(ILogger logger, string path, Exception failure);

    [LoggerMessage(3003, LogLevel.Warning, "{Path}: failed; restart {Restart} of {MaxRestarts} in {Delay}")]
    public static partial void Restarting(ILogger logger, string path, int restart, int maxRestarts, TimeSpan delay, Exception failure);

    [LoggerMessage(3004, LogLevel.Error, "{Path}: stopped by a failure")]
    public static partial void StoppedByFailure(ILogger logger, string path, Exception failure);

    [LoggerMessage(3005, LogLevel.Warning, "{Path}: failed and left the decision to {Parent}")]
    public static partial void Escalated(ILogger logger, string path, string parent, Exception failure);

    [LoggerMessage(3006, LogLevel.Critical, "{Path}: given up after {MaxRestarts} restarts within {Window}")]
    public static partial void GaveUp(ILogger logger, string path, int maxRestarts, TimeSpan window, Exception failure);

    [LoggerMessage(3007, LogLevel.Error, "{Path}: {Hook} failed")]
    public static partial void HookFailed(ILogger logger, string path, string hook, Exception failure);

    [LoggerMessage(3008, LogLevel.Critical, "{Path}: broken outside any message")]
    public static partial void Broken(ILogger logger, string path, Exception failure);

    [LoggerMessage(3009, LogLevel.Debug, "{Path}: dead letter")]
    public static partial void DeadLetter(ILogger logger, string path);

    [LoggerMessage(3010, LogLevel.Critical, "{System}: {Path} escalated a failure to the top; the system stops")]
    public static partial void SystemFailed(ILogger logger, string system, string path, Exception failure);

    [LoggerMessage(3011, LogLevel.Information, "{System}: stopping {Count} actors at the top")]
    public static partial void Terminating(ILogger logger, string system, int count);

    [LoggerMessage(3012, LogLevel.Warning, "{System}: not all actors stopped within {Timeout}; their work is aborted")]
    public static partial void Aborting(ILogger logger, string system, TimeSpan timeout);
}
