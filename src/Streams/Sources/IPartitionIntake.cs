using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Streams.Sources;

/// <summary>One partition under one lease. Posting is for one caller at a time; everything else is thread-safe.</summary>
public interface IPartitionIntake
{
    PartitionLease Lease { get; }

    /// <summary>Everything before it is in the store; null until <see cref="StartAt"/>.</summary>
    long? NextOffset { get; }

    /// <summary>
    /// Says where reading begins. Beyond the lease's position the records between are gone: the range is written as one dead letter that names it.
    /// </summary>
    /// <param name="offset">The first offset that will be posted, or a lower bound of it.</param>
    void StartAt(long offset);

    /// <summary>
    /// Hands a record in. A task that has not ended at once means that the pipeline is full: the source pauses THIS partition, goes on with the
    /// others, and resumes it when the task ends. Ends at once, taking nothing, when the partition was closed.
    /// </summary>
    ValueTask PostAsync(SourceRecord record, CancellationToken cancellationToken);

    /// <summary>
    /// Says that the log has no records in [<paramref name="firstOffset"/>, <paramref name="nextOffset"/>): they were compacted away, or are a transaction's markers. The
    /// position moves past them once everything before is in the store. The task is that of a record handed in.
    /// </summary>
    /// <param name="firstOffset">The one after the last record posted or range skipped, or where reading began.</param>
    /// <param name="nextOffset">Where the log goes on.</param>
    ValueTask SkipAsync(long firstOffset, long nextOffset, CancellationToken cancellationToken);

    /// <summary>The end of the log as the source knows it now, for the lag gauge: one before an end that was reported is news too, because a log may be cut off.</summary>
    void ReportEnd(long endOffset);

    /// <summary>Ends when nothing posted is left in flight.</summary>
    Task DrainAsync(CancellationToken cancellationToken);

    /// <summary>Closes the partition at once: results that are not being written at this moment are dropped. Never blocks, may be called twice.</summary>
    void Revoke();

    /// <summary>Ends when the partition is closed, with the reason.</summary>
    Task<PartitionEnd> Ended { get; }
}
