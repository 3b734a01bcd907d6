using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Streams.Kafka;

/// <summary>Events 4100 to 4149.</summary>
internal static partial class KafkaLog
{
    [LoggerMessage(4100, LogLevel.Information, "Assigned: {Partitions}")]
    public static partial void Assigned(ILogger logger, string partitions);

    [LoggerMessage(4101, LogLevel.Information, "Taken away ({How}): {Partitions}")]
    public static partial void Revoked(ILogger logger, string how, string partitions);

    [LoggerMessage(4102, LogLevel.Information, "{Topic}/{Partition}: reading from offset {Offset}")]
    public static partial void Reading(ILogger logger, string topic, int partition, long offset);

    [LoggerMessage(4103, LogLevel.Error, "{Topic}/{Partition} stops until an operator decides: {Reason}")]
    public static partial void Stopped(ILogger logger, string topic, int partition, string reason);

    [LoggerMessage(4104, LogLevel.Warning, "{Topic}/{Partition} follows another log now: '{Stored}' gives way to '{Present}', read from its beginning")]
    public static partial void Adopting(ILogger logger, string topic, int partition, string stored, string present);

    [LoggerMessage(4105, LogLevel.Warning, "Kafka does not tell the {What} of {Topic}/{Partition}: {Reason}; asking again")]
    public static partial void AskingFailed(ILogger logger, string what, string topic, int partition, string reason);

    [LoggerMessage(4106, LogLevel.Warning, "{Topic}/{Partition}: offset {Offset} is no longer (or not yet) in the log; looking where it begins")]
    public static partial void OutOfRange(ILogger logger, string topic, int partition, long offset);

    [LoggerMessage(4107, LogLevel.Warning, "Kafka: {Reason} ({Code})")]
    public static partial void ClientError(ILogger logger, string code, string reason);

    [LoggerMessage(4108, LogLevel.Debug, "Positions were not committed to Kafka, which only lag tools miss: {Reason}")]
    public static partial void CommitFailed(ILogger logger, string reason);

    [LoggerMessage(4109, LogLevel.Warning, "{Topic}/{Partition} was written by another owner while it is assigned to us; taking it again in {Delay}")]
    public static partial void LostToOther(ILogger logger, string topic, int partition, TimeSpan delay);

    [LoggerMessage(4110, LogLevel.Information, "librdkafka {Facility}: {Message}")]
    public static partial void Client(ILogger logger, string facility, string message);

    [LoggerMessage(4111, LogLevel.Debug, "{Topic}/{Partition}: expected offset {Expected}, got {Offset}; seeking once more")]
    public static partial void GapSuspected(ILogger logger, string topic, int partition, long expected, long offset);

    [LoggerMessage(4112, LogLevel.Warning, "{Topic}/{Partition} could not be opened; trying again in {Delay}")]
    public static partial void OpeningFailed(ILogger logger, string topic, int partition, TimeSpan delay, Exception failure);

    [LoggerMessage(4113, LogLevel.Debug, "{Topic}/{Partition}: offset {Offset} could not be set yet: {Reason}")]
    public static partial void SeekPostponed(ILogger logger, string topic, int partition, long offset, string reason);

    [LoggerMessage(4114, LogLevel.Warning, "{Source} {Doing} for longer than {Timeout}: not waiting for it. The group goes on without it by its session timeout")]
    public static partial void CloseTimedOut(ILogger logger, string source, string? doing, TimeSpan timeout);

    [LoggerMessage(4115, LogLevel.Warning, "{Topic}/{Partition}: the client has not begun to fetch it in {Timeout}: assigning it anew, to read from offset {Offset}")]
    public static partial void NotFetched(ILogger logger, string topic, int partition, TimeSpan timeout, long offset);

    [LoggerMessage(4116, LogLevel.Information, "{Topic}/{Partition}: expected offset {Expected}, got the earlier {Offset}; seeking once more")]
    public static partial void SeekUndone(ILogger logger, string topic, int partition, long expected, long offset);

    [LoggerMessage(4117, LogLevel.Debug, "Kafka does not tell the end of {Topic}/{Partition}, which only the lag misses: {Reason}")]
    public static partial void EndNotTold(ILogger logger, string topic, int partition, string reason);
}
