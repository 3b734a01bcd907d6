using System.Text;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Bench.Storage;

/// <summary>A log of some partitions in memory: the records as Kafka would bring them, without its cost.</summary>
internal sealed class MemorySource(IReadOnlyList<(string Id, byte[] Json)> records, int partitions) : IRecordSource
{
    public string Name => "memory";

    public Task RunAsync(IRecordIntake intake, CancellationToken stopReading, CancellationToken leave)
        => Task.WhenAll(Enumerable.Range(0, partitions).Select(number => Task.Run(() => ReadAsync(intake, number, stopReading), stopReading)));

    private async Task ReadAsync(IRecordIntake intake, int number, CancellationToken stopReading)
    {
        var log = new LogPartition("bench", "memory", "memory", number);
        var partition = await intake.OpenAsync(log, stopReading);
        var offset = partition.Lease.NextOffset ?? 0;
        partition.StartAt(offset);
        for (var i = number; i < records.Count; i += partitions)
        {
            var (id, json) = records[i];
            var version = new DocumentVersion(offset, "kafka:memory/memory");
            await partition.PostAsync(
                new SourceRecord(log, offset++, Encoding.UTF8.GetBytes(id), json, [], DateTimeOffset.UnixEpoch, version), stopReading);
        }

        await partition.DrainAsync(stopReading);
    }
}
