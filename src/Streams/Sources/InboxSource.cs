using UnifiedVlm.Storage.Inbox;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Sources;

/// <summary>The HTTP inbox as one more log.</summary>
/// <param name="group">The group whose position it is.</param>
/// <param name="takeOverAfter">A fenced reader tries again after this.</param>
/// <param name="queues">What waits before it.</param>
public sealed class InboxSource(IInbox inbox, string group, TimeSpan takeOverAfter, TimeProvider? time = null, Func<IReadOnlyList<QueueStatus>>? queues = null)
    : TableSource(InboxLog.Of(group), takeOverAfter, time)
{
    /// <summary>The inbox's topic and log id.</summary>
    public const string Topic = InboxLog.Name;

    private LocalVersions? versions;

    /// <inheritdoc />
    public override IReadOnlyList<QueueStatus> Queues => queues?.Invoke() ?? [];

    /// <inheritdoc />
    protected override async Task<IReadOnlyList<SourceRecord>> ReadAsync(IRecordIntake intake, long from, int maxCount, CancellationToken cancellationToken)
    {
        versions ??= new LocalVersions(intake);
        var records = new List<SourceRecord>();
        foreach (var entry in await inbox.ReadAsync(from, maxCount, cancellationToken).ConfigureAwait(false))
        {
            var version = await versions.NextAsync(cancellationToken).ConfigureAwait(false);
            records.Add(new SourceRecord(Log, entry.Offset, entry.Key, entry.Value, entry.Headers, entry.ReceivedAt, version));
        }

        return records;
    }
}
