namespace UnifiedVlm.Actors.Kernel;

/// <summary>What happens to a message for which the mailbox has no room. <c>TryTell</c> never waits, whatever the policy.</summary>
public enum OverflowPolicy
{
    /// <summary><c>TellAsync</c> waits for room: the pressure travels back to the sender.</summary>
    Wait,

    /// <summary><c>TellAsync</c> throws <see cref="MailboxFullException"/>: the sender refuses its own caller.</summary>
    Refuse,

    /// <summary>
    /// The oldest message of the lane is dropped, counted as a dead letter and shown to <c>Props.Undelivered</c>; an ask in it ends by its
    /// timeout. For state that is stale anyway.
    /// </summary>
    DropOldest,
}
