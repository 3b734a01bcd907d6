using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Inbox;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Sources;

/// <summary>The HTTP inbox as one more log.</summary>
/// <param name="group">The group whose position it is.</param>
/// <param name="leases">Who reads takes one of the group's.</param>
/// <param name="takeOverAfter">A reader that lost it tries again after this.</param>
/// <param name="queues">What waits before it.</param>
public sealed class InboxSource(
    IInbox inbox, string group, LeaseTaker leases, TimeSpan takeOverAfter, TimeProvider? time = null, Func<IReadOnlyList<QueueStatus>>? queues = null)
    : TableSource(InboxLog.Of(group), LeaseName(group), leases, takeOverAfter, time)
{
    /// <summary>The inbox's topic and log id.</summary>
    public const string Topic = InboxLog.Name;

    /// <summary>Of the one node at a time that reads it for a group.</summary>
    public static string LeaseName(string group) => $"{LeasePrefix}{Topic}:{group}";

    /// <inheritdoc />
    public override IReadOnlyList<QueueStatus> Queues => queues?.Invoke() ?? [];

    /// <inheritdoc />
    protected override async Task<IReadOnlyList<SourceRecord>> ReadAsync(IRecordIntake intake, long from, int maxCount, CancellationToken cancellationToken)
    {
        var page = await inbox.ReadAsync(from, maxCount, cancellationToken).ConfigureAwait(false);
        if (page.Count == 0)
            return [];
        // After the page was read, and none kept for the next one: whatever was stored before these were pushed, by whomever, has a lower version.
        var version = await intake.ReserveLocalVersionsAsync(page.Count, cancellationToken).ConfigureAwait(false);
        return [.. page.Select((entry, i) => new SourceRecord(
            Log, entry.Offset, entry.Key, entry.Value, entry.Headers, entry.ReceivedAt, new DocumentVersion(version + i, DocumentVersion.LocalRule)))];
    }
}
