namespace UnifiedVlm.Storage.Subscriptions;

/// <summary>An event to be raised: a document met a subscription.</summary>
/// <param name="EventId">Of the document's own event.</param>
/// <param name="Data">JSON in UTF-8.</param>
public sealed record MatchedDocument(long EventId, Guid Subscription, byte[] Data);
