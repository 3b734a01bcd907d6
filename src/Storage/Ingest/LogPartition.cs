namespace UnifiedVlm.Storage.Ingest;

/// <summary>
/// One ordered log of records, whatever its source: a Kafka partition, a followed file, the HTTP inbox.
/// <paramref name="LogId"/> names the incarnation (cluster and topic): offsets of another incarnation mean nothing here.
/// </summary>
public sealed record LogPartition(string GroupId, string LogId, string Topic, int Partition);
