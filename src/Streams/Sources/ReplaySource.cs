using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.DeadLetters;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Kafka;

namespace UnifiedVlm.Streams.Sources;

/// <summary>
/// Dead letters that are ingested again, as one more log. Each record has the version that its own log gave it, so one that is older than what is
/// stored by now changes nothing, and its dead letter, if it becomes one again, names the place it came from first.
/// </summary>
/// <param name="leases">Who reads takes one of them.</param>
/// <param name="takeOverAfter">A reader that lost it tries again after this.</param>
public sealed class ReplaySource(IReplays replays, LeaseTaker leases, TimeSpan takeOverAfter, TimeProvider? time = null)
    : TableSource(ReplayLog.Partition, LeaseName, leases, takeOverAfter, time)
{
    /// <summary>Of the one node at a time that reads it.</summary>
    public const string LeaseName = LeasePrefix + "replay";

    /// <inheritdoc />
    protected override async Task<IReadOnlyList<SourceRecord>> ReadAsync(long from, int maxCount, CancellationToken cancellationToken)
        => [.. (await replays.ReadAsync(from, maxCount, cancellationToken).ConfigureAwait(false)).Select(static replayed => new SourceRecord(
            ReplayLog.Partition, replayed.Id, replayed.Original.Key, replayed.Original.Value, replayed.Original.Headers, replayed.QueuedAt, Version(replayed.Original))
        {
            Collection = replayed.Original.Collection,
            Replayed = replayed.Original,
            // Letters of older programs may have any number.
            Refusal = SourceRecord.RefusalOf(replayed.Original.Headers.Count),
        })];

    /// <summary>
    /// Dead letters of older programs don't say it. In Kafka it is the offset; elsewhere it was drawn from the store's counter, and 0 is below all
    /// that the counter has given: such a record is stored if nothing is, and replaces nothing.
    /// </summary>
    private static DocumentVersion Version(OriginalRecord original) => original switch
    {
        { Version: { } known } => known,
        { Partition.LogId: InboxSource.Topic or LocalSource.LocalLog } => new DocumentVersion(0, DocumentVersion.LocalRule),
        _ => new DocumentVersion(original.Offset, KafkaLogs.VersionRule(original.Partition)),
    };
}
