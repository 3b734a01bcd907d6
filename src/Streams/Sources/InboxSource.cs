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
    protected override async Task<IReadOnlyList<SourceRecord>> ReadAsync(long from, int maxCount, CancellationToken cancellationToken)
        => [.. (await inbox.ReadAsync(from, maxCount, cancellationToken).ConfigureAwait(false)).Select(entry => new SourceRecord(
            Log, entry.Offset, entry.Key, entry.Value, entry.Headers, entry.ReceivedAt, new DocumentVersion(entry.LocalVersion, DocumentVersion.LocalRule)))];
}
