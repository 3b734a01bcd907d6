namespace UnifiedVlm.Storage.Inbox;

/// <summary>The answer to a push.</summary>
/// <param name="Duplicate">The idempotency key was used before; <paramref name="Id"/> is the first one's.</param>
/// <param name="SamePayload">False: the key was used before for something else, which a sender has to be told.</param>
public readonly record struct InboxReceipt(long Id, bool Duplicate, bool SamePayload);
