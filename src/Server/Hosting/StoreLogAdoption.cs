using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Kafka;

namespace UnifiedVlm.Server.Hosting;

/// <summary>Lets a Kafka source take up a new log by itself, where the operator has said it may.</summary>
internal sealed class StoreLogAdoption(IngestStore store) : ILogAdoption
{
    public Task AdoptAsync(LogPartition partition, CancellationToken cancellationToken)
        => store.AdoptLogAsync(partition.GroupId, partition.Topic, partition.LogId, null, cancellationToken);
}
