using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Streams.Asking;

/// <summary>Events 4450 to 4499.</summary>
internal static partial class AskLog
{
    [LoggerMessage(4450, LogLevel.Warning, "Kafka client of questions: {Reason} ({Code})")]
    public static partial void ClientError(ILogger logger, string code, string reason);

    [LoggerMessage(4451, LogLevel.Debug, "librdkafka {Facility}: {Message}")]
    public static partial void Client(ILogger logger, string facility, string message);

    [LoggerMessage(4452, LogLevel.Error, "Answering questions from Kafka failed; again in {Wait}")]
    public static partial void Failed(ILogger logger, Exception error, TimeSpan wait);

    [LoggerMessage(4453, LogLevel.Error, "A reply can't be sent to the topic {Topic}: {Reason} ({Code}). The question is not asked again")]
    public static partial void TopicRefuses(ILogger logger, string topic, string reason, string code);
}
