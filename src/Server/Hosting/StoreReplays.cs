using UnifiedVlm.Storage.DeadLetters;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Server.Hosting;

/// <summary>The store's log of replays as the pipeline's source reads it.</summary>
/// <param name="pageBytes">As of <see cref="StoreInbox"/>.</param>
internal sealed class StoreReplays(ReplayLog replays, long pageBytes, TimeProvider time) : IReplays
{
    /// <summary>How long an empty log is left alone. An operator waits, not a sender, so it is looked at less often than the inbox.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);

    public async Task<IReadOnlyList<ReplayedRecord>> ReadAsync(long from, int maxCount, CancellationToken cancellationToken)
    {
        // The source names the first offset it wants, the store the last one it doesn't.
        var records = await replays.ReadAsync(from - 1, maxCount, pageBytes, cancellationToken);
        if (records.Count == 0)
            await Task.Delay(Idle, time, cancellationToken);
        return records;
    }
}
