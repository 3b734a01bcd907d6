using UnifiedVlm.Storage.Inbox;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Sources;

/// <summary>
/// The HTTP inbox as one more log. Meant for one node at a time: whoever opens it takes it over, and the earlier reader, fenced at its next
/// write, takes it back after a while. Nothing is lost or stored twice by that, only read twice.
/// </summary>
/// <param name="group">The group whose position it is.</param>
/// <param name="takeOverAfter">A fenced reader tries again after this.</param>
/// <param name="queues">What waits before it.</param>
public sealed class InboxSource(IInbox inbox, string group, TimeSpan takeOverAfter, TimeProvider? time = null, Func<IReadOnlyList<QueueStatus>>? queues = null) : IRecordSource
{
    /// <summary>The inbox's topic and log id.</summary>
    public const string Topic = InboxLog.Name;

    private const int PageSize = 256;

    private readonly TimeProvider time = time ?? TimeProvider.System;

    public string Name => Topic;

    public IReadOnlyList<QueueStatus> Queues => queues?.Invoke() ?? [];

    /// <inheritdoc />
    public async Task RunAsync(IRecordIntake intake, CancellationToken stopReading, CancellationToken leave)
    {
        while (!stopReading.IsCancellationRequested)
        {
            var partition = await intake.OpenAsync(InboxLog.Of(group), stopReading).ConfigureAwait(false);
            await ReadAsync(partition, intake, stopReading).ConfigureAwait(false);
            await Task.Delay(takeOverAfter, time, stopReading).ConfigureAwait(false);
        }
    }

    /// <summary>Reads until the lease is lost.</summary>
    private async Task ReadAsync(IPartitionIntake partition, IRecordIntake intake, CancellationToken stopReading)
    {
        var next = partition.Lease.NextOffset ?? 0;
        partition.StartAt(next);
        var versions = new LocalVersions(intake);
        while (!partition.Ended.IsCompleted)
        {
            foreach (var entry in await inbox.ReadAsync(next, PageSize, stopReading).ConfigureAwait(false))
            {
                var version = await versions.NextAsync(stopReading).ConfigureAwait(false);
                var record = new SourceRecord(
                    partition.Lease.Partition, entry.Offset, entry.Key, entry.Value, entry.Headers, entry.ReceivedAt, version);
                await partition.PostAsync(record, stopReading).ConfigureAwait(false);
                next = entry.Offset + 1;
            }

            partition.ReportEnd(next);
        }
    }
}
