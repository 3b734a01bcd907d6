namespace UnifiedVlm.Storage.Inbox;

/// <summary>The answer to a push.</summary>
/// <param name="Ids">Of its records, in the order they were sent; where <paramref name="Duplicate"/>, those of the first push.</param>
/// <param name="Duplicate">The idempotency key was used before, and nothing was added.</param>
/// <param name="SamePayload">False: the key was used before for something else, which a sender has to be told.</param>
public sealed record InboxReceipt(IReadOnlyList<long> Ids, bool Duplicate, bool SamePayload);
