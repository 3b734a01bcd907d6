namespace UnifiedVlm.Storage.Outbox;

/// <summary>What waits in the outbox.</summary>
/// <param name="Unpublished">Events; no more than <see cref="CountLimit"/> are counted.</param>
/// <param name="OldestAge">Of the event that has waited longest; null where none does.</param>
/// <param name="Dropped">Events, ever, that were removed because nobody was there to publish them.</param>
public sealed record OutboxStatus(long Unpublished, TimeSpan? OldestAge, long Dropped)
{
    public const int CountLimit = 100_000;
}
