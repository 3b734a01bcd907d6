using UnifiedVlm.Storage.Suspects;

namespace UnifiedVlm.Storage.Ingest;

/// <summary>The writing side of the store: exactly-once effect by offsets that are fenced in the same transaction as the data.</summary>
public interface IIngestStore
{
    /// <summary>
    /// Takes the partition over: raises its epoch, so that every earlier owner's next write fails. A holder that stopped in mid-transaction
    /// is waited for (lock_timeout) and then its backend is ended.
    /// </summary>
    /// <exception cref="LogChangedException">The group has read this topic partition under another log id.</exception>
    Task<PartitionLease> AcquireAsync(LogPartition partition, string owner, CancellationToken cancellationToken);

    /// <summary>
    /// Writes one contiguous range [<paramref name="firstOffset"/>, <paramref name="nextOffset"/>) in ONE transaction, the fence row last.
    /// An unknown COMMIT outcome is resolved by reading the fence row.
    /// </summary>
    /// <param name="outcomes">Ordered by offset. Offsets without a record (compacted, control records) are simply absent.</param>
    /// <returns>What happened to the records, for counters.</returns>
    /// <exception cref="FencedException">Another owner holds the partition, or it stands at another offset: drop it.</exception>
    /// <exception cref="EmbeddingMissingException">A document without vectors has changed since it was found unchanged: encode it and write again.</exception>
    /// <exception cref="Generations.IndexMismatchException">The model's index was dropped, or the vectors have another dimension: nothing can be written until the operator decides.</exception>
    Task<WriteSummary> WriteAsync(
        PartitionLease lease, long firstOffset, long nextOffset, IReadOnlyList<RecordOutcome> outcomes, CancellationToken cancellationToken);

    /// <summary>Which of these documents are stored with exactly this content and have vectors in this store's index: they need no encoding.</summary>
    /// <returns>One flag per key, in order.</returns>
    Task<bool[]> AreUnchangedAsync(IReadOnlyList<ContentKey> keys, CancellationToken cancellationToken);

    /// <summary>The record was worked on and nobody died of it: it is a suspect no more.</summary>
    Task AcquitAsync(LogPartition partition, WorkIdentity identity, CancellationToken cancellationToken);

    /// <summary>Reserves <paramref name="count"/> versions of <see cref="DocumentVersion.LocalRule"/>; returns the first.</summary>
    Task<long> ReserveLocalVersionsAsync(int count, CancellationToken cancellationToken);
}
