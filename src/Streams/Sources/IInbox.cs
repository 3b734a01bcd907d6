namespace UnifiedVlm.Streams.Sources;

/// <summary>What was pushed over HTTP and acknowledged. The store's table, as the inbox source reads it.</summary>
public interface IInbox
{
    /// <summary>
    /// The entries after a position, ordered, waiting a while when there are none. Entries that were begun earlier and are not committed yet
    /// have to be waited for: an id that was passed is never looked for again.
    /// </summary>
    /// <param name="after">Offsets below it are not wanted.</param>
    Task<IReadOnlyList<InboxEntry>> ReadAsync(long after, int maxCount, CancellationToken cancellationToken);
}
