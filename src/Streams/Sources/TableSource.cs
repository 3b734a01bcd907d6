using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Sources;

/// <summary>
/// A log that the store keeps in a table of its own. Meant for one node at a time: whoever opens it takes it over, and the earlier reader, fenced at
/// its next write, takes it back after a while. Nothing is lost or stored twice by that, only read twice.
/// </summary>
/// <param name="log">Its offsets are the table's ids.</param>
/// <param name="takeOverAfter">A fenced reader tries again after this.</param>
public abstract class TableSource(LogPartition log, TimeSpan takeOverAfter, TimeProvider? time) : IRecordSource
{
    private const int PageSize = 256;

    private readonly TimeProvider time = time ?? TimeProvider.System;

    public string Name => Log.Topic;

    /// <inheritdoc />
    public virtual IReadOnlyList<QueueStatus> Queues => [];

    protected LogPartition Log { get; } = log;

    /// <inheritdoc />
    public async Task RunAsync(IRecordIntake intake, CancellationToken stopReading, CancellationToken leave)
    {
        while (!stopReading.IsCancellationRequested)
        {
            var partition = await intake.OpenAsync(Log, stopReading).ConfigureAwait(false);
            await ReadAsync(partition, intake, stopReading).ConfigureAwait(false);
            await Task.Delay(takeOverAfter, time, stopReading).ConfigureAwait(false);
        }
    }

    /// <summary>The records from a position on, ordered, waiting a while when there are none.</summary>
    /// <param name="from">Offsets below it are not wanted.</param>
    protected abstract Task<IReadOnlyList<SourceRecord>> ReadAsync(IRecordIntake intake, long from, int maxCount, CancellationToken cancellationToken);

    /// <summary>Reads until the lease is lost.</summary>
    private async Task ReadAsync(IPartitionIntake partition, IRecordIntake intake, CancellationToken stopReading)
    {
        var next = partition.Lease.NextOffset ?? 0;
        partition.StartAt(next);
        while (!partition.Ended.IsCompleted)
        {
            foreach (var record in await ReadAsync(intake, next, PageSize, stopReading).ConfigureAwait(false))
            {
                await partition.PostAsync(record, stopReading).ConfigureAwait(false);
                next = record.Offset + 1;
            }

            partition.ReportEnd(next);
        }
    }
}
