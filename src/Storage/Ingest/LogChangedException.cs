namespace UnifiedVlm.Storage.Ingest;

/// <summary>The topic was created anew or the cluster is another one: stored offsets don't apply, and an operator has to decide.</summary>
public sealed class LogChangedException(LogPartition partition, string storedLogId)
    : Exception($"Topic {partition.Topic} partition {partition.Partition} was read by group {partition.GroupId} under log id '{storedLogId}', now it is '{partition.LogId}'. "
        + $"If that is intended, run: uvlm offsets adopt --group {partition.GroupId} --topic {partition.Topic} --log-id {partition.LogId}")
{
    public LogPartition Partition { get; } = partition;

    public string StoredLogId { get; } = storedLogId;
}
