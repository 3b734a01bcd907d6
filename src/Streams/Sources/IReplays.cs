using UnifiedVlm.Storage.DeadLetters;

namespace UnifiedVlm.Streams.Sources;

/// <summary>The dead letters that are to be ingested again. The store's table, as its source reads it.</summary>
public interface IReplays
{
    /// <summary>The entries from a position on, ordered and complete, waiting a while when there are none.</summary>
    /// <param name="from">Offsets below it are not wanted.</param>
    Task<IReadOnlyList<ReplayedRecord>> ReadAsync(long from, int maxCount, CancellationToken cancellationToken);
}
