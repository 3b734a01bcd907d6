using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Streams.Events;

/// <summary>Events 4400 to 4449.</summary>
internal static partial class EventsLog
{
    [LoggerMessage(4400, LogLevel.Warning, "Kafka producer of events: {Reason} ({Code})")]
    public static partial void ClientError(ILogger logger, string code, string reason);

    [LoggerMessage(4401, LogLevel.Debug, "librdkafka {Facility}: {Message}")]
    public static partial void Client(ILogger logger, string facility, string message);

    [LoggerMessage(4402, LogLevel.Information, "Shard {Shard} of the outbox is published to {Topic} from here")]
    public static partial void Begun(ILogger logger, int shard, string topic);
}
