using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Streams.Producing;

/// <summary>Events 4200 to 4299.</summary>
internal static partial class ProducerLog
{
    [LoggerMessage(4200, LogLevel.Warning, "Kafka producer: {Reason} ({Code})")]
    public static partial void ClientError(ILogger logger, string code, string reason);

    [LoggerMessage(4201, LogLevel.Information, "librdkafka {Facility}: {Message}")]
    public static partial void Client(ILogger logger, string facility, string message);

    [LoggerMessage(4202, LogLevel.Error, "Document {Id} was not sent: {Bytes} bytes in one message, a partition is sure to keep {Limit}")]
    public static partial void TooLarge(ILogger logger, string id, long bytes, long limit);

    [LoggerMessage(4203, LogLevel.Debug, "The client's queue is full; waiting")]
    public static partial void QueueFull(ILogger logger);
}
