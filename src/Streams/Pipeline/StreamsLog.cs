using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Streams.Pipeline;

/// <summary>Events of src/Streams: 4000-4099 the pipeline, 4100-4199 sources, 4200-4299 producing.</summary>
internal static partial class StreamsLog
{
    [LoggerMessage(4000, LogLevel.Critical, "Ingestion stops: {What} failed for good")]
    public static partial void PipelineFailed(ILogger logger, string what, Exception failure);

    [LoggerMessage(4001, LogLevel.Debug, "{Stage} was cancelled")]
    public static partial void StageCancelled(ILogger logger, string stage);

    [LoggerMessage(4002, LogLevel.Warning, "The store could not {What} (attempt {Attempt}); trying again")]
    public static partial void StoreRetry(ILogger logger, string what, int attempt, Exception failure);

    [LoggerMessage(4003, LogLevel.Error, "{Topic}/{Partition}: records {From} to before {To} were dropped by the log before they were read; recorded as a dead letter")]
    public static partial void RangeLost(ILogger logger, string topic, int partition, long from, long to);

    [LoggerMessage(4004, LogLevel.Warning, "{Topic}/{Partition}@{Offset} goes to the dead letters ({Stage}): {Reason}")]
    public static partial void DeadLettered(ILogger logger, string topic, int partition, long offset, string stage, string reason);

    [LoggerMessage(4005, LogLevel.Warning, "{Topic}/{Partition} was taken by another owner; its results in flight are dropped: {Detail}")]
    public static partial void Fenced(ILogger logger, string topic, int partition, string detail);

    [LoggerMessage(4006, LogLevel.Warning, "Writing {Count} records of {Topic}/{Partition} failed for one of them; halving the batch")]
    public static partial void Bisecting(ILogger logger, int count, string topic, int partition, Exception failure);

    [LoggerMessage(4007, LogLevel.Warning, "The device failed (attempt {Attempt}); trying again")]
    public static partial void DeviceRetry(ILogger logger, int attempt, Exception failure);

    [LoggerMessage(4008, LogLevel.Information, "{Topic}/{Partition} is held with epoch {Epoch}; the store stands at {NextOffset}")]
    public static partial void PartitionOpened(ILogger logger, string topic, int partition, long epoch, long? nextOffset);

    [LoggerMessage(4009, LogLevel.Information, "{Topic}/{Partition} closed ({Reason}); the store stands at {NextOffset}")]
    public static partial void PartitionClosed(ILogger logger, string topic, int partition, Sources.PartitionEnd reason, long? nextOffset);

    [LoggerMessage(4010, LogLevel.Warning, "{Count} records in flight were not written within {Timeout}; their next owner reads them again")]
    public static partial void DrainTimedOut(ILogger logger, long count, TimeSpan timeout);

    [LoggerMessage(4011, LogLevel.Information, "Ingestion begins with {Sources} source(s)")]
    public static partial void Started(ILogger logger, int sources);

    [LoggerMessage(4013, LogLevel.Warning, "{Topic}/{Partition}@{Offset} was in work when a process died ({Deaths} times alone); it is tried alone")]
    public static partial void OnTrial(ILogger logger, string topic, int partition, long offset, int deaths);

    [LoggerMessage(4014, LogLevel.Warning, "{Topic}/{Partition}@{Offset} was tried alone and written, but the store could not note it; it may be tried alone again")]
    public static partial void AcquittalFailed(ILogger logger, string topic, int partition, long offset, Exception failure);

    [LoggerMessage(4015, LogLevel.Warning, "A process died with {Count} record(s) in work, {Alone} of them alone; each is tried alone now")]
    public static partial void DiaryFound(ILogger logger, int count, int alone);

    [LoggerMessage(4016, LogLevel.Debug, "The diary {Path} is passed over: {Reason}")]
    public static partial void DiaryPassedOver(ILogger logger, string path, string reason);

    [LoggerMessage(4017, LogLevel.Warning, "{Folder} can't be written to ({Reason}): should the process die, nobody will know which records it had in work")]
    public static partial void NoDiary(ILogger logger, string folder, string reason);

    [LoggerMessage(4018, LogLevel.Warning, "Stopping has taken {Waited} so far; it waits for: {What}")]
    public static partial void StopTakesLong(ILogger logger, TimeSpan waited, string what);

    [LoggerMessage(4019, LogLevel.Error, "Stopped without waiting longer for what has not ended within {Timeout}, and whose results do not count any more: {What}")]
    public static partial void LeftBehind(ILogger logger, TimeSpan timeout, string what);

    [LoggerMessage(4020, LogLevel.Warning, "{Path} can't be written to ({Reason}): should the process die, nobody will know which records of {Topic}/{Partition} it had in work")]
    public static partial void NotNamed(ILogger logger, string path, string reason, string topic, int partition);

    [LoggerMessage(4012, LogLevel.Information, "Ingestion ended: {Totals}")]
    public static partial void Ended(ILogger logger, Telemetry.PipelineTotals totals);
}
