namespace UnifiedVlm.Storage.Care.Retention;

/// <summary>
/// How long what is done with is kept; null is for ever. What is still to be read is never removed by age, nor is what is still to be published while there is somebody to
/// publish it.
/// </summary>
public sealed record RetentionOptions
{
    /// <summary>After a record became a dead letter.</summary>
    public TimeSpan? DeadLetters { get; init; } = TimeSpan.FromDays(90);

    /// <summary>After an event was published.</summary>
    public TimeSpan? Events { get; init; } = TimeSpan.FromDays(7);

    /// <summary>
    /// After an event was raised that nobody has published, where no node has been at work publishing for as long. Null on a node that publishes: it knows of somebody.
    /// </summary>
    public TimeSpan? UnpublishedEvents { get; init; } = TimeSpan.FromDays(7);

    /// <summary>After a record was pushed, once every group has read it. A key for idempotency is forgotten with its record.</summary>
    public TimeSpan? InboxRecords { get; init; } = TimeSpan.FromDays(7);

    /// <summary>
    /// After a document was deleted. Has to be longer than any log keeps its records: an older record that is read again once the tombstone is gone brings the
    /// document back. Only for ever is right for every log. Dead letters need no such care: while one of the document is there, so is its tombstone.
    /// </summary>
    public TimeSpan? Tombstones { get; init; }

    /// <summary>From the end of one pass over a rule's rows to the next.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How often a node asks whether a pass is due.</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Rows looked at in one transaction.</summary>
    public int BatchRows { get; init; } = 1000;

    /// <summary>How long the rule's rows are kept; null is for ever.</summary>
    public TimeSpan? Keep(RetentionRule rule) => rule switch
    {
        RetentionRule.DeadLetters => DeadLetters,
        RetentionRule.Events => Events,
        RetentionRule.UnpublishedEvents => UnpublishedEvents,
        RetentionRule.Inbox => InboxRecords,
        _ => Tombstones,
    };
}
