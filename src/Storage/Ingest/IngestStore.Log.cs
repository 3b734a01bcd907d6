using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Storage.Ingest;

public sealed partial class IngestStore
{
    [LoggerMessage(3400, LogLevel.Information, "Group {Group} holds {Topic}/{Partition} with epoch {Epoch}, next offset {NextOffset}")]
    private partial void LogAcquired(string group, string topic, int partition, long epoch, long? nextOffset);

    [LoggerMessage(3401, LogLevel.Warning, "Ended {Count} backends that wrote {Topic}/{Partition} with an epoch up to {Epoch}")]
    private partial void LogEndedBackends(long count, string topic, int partition, long epoch);

    [LoggerMessage(3402, LogLevel.Warning, "Fenced off from {Topic}/{Partition}: epoch {Epoch}, {Detail}")]
    private partial void LogFenced(string topic, int partition, long epoch, string detail);

    [LoggerMessage(3403, LogLevel.Warning, "The answer to a COMMIT was lost; {Topic}/{Partition} stands at {NextOffset}, so it counted")]
    private partial void LogCommitConfirmed(string topic, int partition, long nextOffset);

    [LoggerMessage(3404, LogLevel.Warning, "The record at {Topic}/{Partition} offset {Offset} can't be stored")]
    private partial void LogUnstorable(Exception error, string topic, int partition, long offset);

    [LoggerMessage(3405, LogLevel.Warning, "The store refused documents ({Count}), which are dead letters now; the first is {Topic}/{Partition}@{Offset}, document {Document} ({Reason}): {Explanation}")]
    private partial void LogRefused(int count, string topic, int partition, long offset, string? document, string reason, string explanation);
}
