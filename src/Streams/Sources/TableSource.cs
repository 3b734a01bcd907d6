using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Sources;

/// <summary>
/// A log that the store keeps in a table of its own, read by the one node at a time that holds its lease. Opening takes the log from whoever has it, so without that nodes
/// would take it from each other before any of them has committed something. The lease only says whose turn it is: a former holder that wakes is fenced at its next write,
/// and what it had read is read again.
/// </summary>
/// <param name="log">Its offsets are the table's ids.</param>
/// <param name="leaseName">The same in every node that may read it.</param>
/// <param name="leases">Where the lease is taken.</param>
/// <param name="takeOverAfter">A reader that lost the lease, or was fenced and gave it up, tries again after this.</param>
public abstract class TableSource(LogPartition log, string leaseName, LeaseTaker leases, TimeSpan takeOverAfter, TimeProvider? time) : IRecordSource
{
    /// <summary>Before the names of all these leases.</summary>
    public const string LeasePrefix = "reader/";

    private const int PageSize = 256;

    private readonly TimeProvider time = time ?? TimeProvider.System;
    private volatile bool isLeaving;

    public string Name => Log.Topic;

    /// <inheritdoc />
    public virtual IReadOnlyList<QueueStatus> Queues => [];

    /// <inheritdoc />
    public string? Doing => isLeaving ? $"gives the lease {leaseName} up" : null;

    protected LogPartition Log { get; } = log;

    /// <inheritdoc />
    public async Task RunAsync(IRecordIntake intake, CancellationToken stopReading, CancellationToken leave)
    {
        while (!stopReading.IsCancellationRequested)
        {
            var keeper = await leases.TakeAsync(leaseName, stopReading).ConfigureAwait(false);
            await using (keeper.ConfigureAwait(false))
            {
                await ReadUnderLeaseAsync(intake, keeper.Lost, stopReading, leave).ConfigureAwait(false);
                isLeaving = true;
            }

            isLeaving = false;
            await Task.Delay(takeOverAfter, time, stopReading).ConfigureAwait(false);
        }
    }

    /// <summary>The records from a position on, ordered, waiting a while when there are none.</summary>
    /// <param name="from">Offsets below it are not wanted.</param>
    protected abstract Task<IReadOnlyList<SourceRecord>> ReadAsync(long from, int maxCount, CancellationToken cancellationToken);

    /// <summary>Until the lease is lost, the log is taken, or there is nothing left to write for one who was told to stop.</summary>
    private async Task ReadUnderLeaseAsync(IRecordIntake intake, CancellationToken lost, CancellationToken stopReading, CancellationToken leave)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(stopReading, lost);
        IPartitionIntake partition;
        try
        {
            partition = await intake.OpenAsync(Log, reading.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (reading.IsCancellationRequested)
        {
            return;
        }

        using var revoking = lost.UnsafeRegister(static lane => ((IPartitionIntake)lane!).Revoke(), partition);
        try
        {
            await ReadAsync(partition, reading.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (reading.IsCancellationRequested)
        {
            // Another holder would read again what is still being written.
            await Task.WhenAny(partition.Ended, Task.Delay(Timeout.InfiniteTimeSpan, leave)).ConfigureAwait(false);
        }
        finally
        {
            // Before the lease is given up.
            partition.Revoke();
        }
    }

    /// <summary>Reads until the log is taken.</summary>
    private async Task ReadAsync(IPartitionIntake partition, CancellationToken cancellationToken)
    {
        var next = partition.Lease.NextOffset ?? 0;
        partition.StartAt(next);
        while (!partition.Ended.IsCompleted)
        {
            foreach (var record in await ReadAsync(next, PageSize, cancellationToken).ConfigureAwait(false))
            {
                await partition.PostAsync(record, cancellationToken).ConfigureAwait(false);
                next = record.Offset + 1;
            }

            partition.ReportEnd(next);
        }
    }
}
