using System.Net;
using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Streams.Fetching;

/// <summary>Events 4300-4399.</summary>
internal static partial class FetchLog
{
    [LoggerMessage(4300, LogLevel.Warning, "{Host} is not fetched from: its address {Address} is {Kind}")]
    public static partial void AddressRefused(ILogger logger, string host, IPAddress address, AddressKind kind);

    [LoggerMessage(4301, LogLevel.Information, "Fetching from {Host} failed (attempt {Attempt}): {Reason} ({Cause})")]
    public static partial void Failed(ILogger logger, string host, int attempt, string reason, string? cause);
}
