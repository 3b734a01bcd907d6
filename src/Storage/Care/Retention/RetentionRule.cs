namespace UnifiedVlm.Storage.Care.Retention;

/// <summary>What is removed by age.</summary>
public enum RetentionRule
{
    DeadLetters,
    Events,
    UnpublishedEvents,
    Inbox,
    Tombstones,
}
