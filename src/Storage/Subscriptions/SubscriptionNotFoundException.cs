namespace UnifiedVlm.Storage.Subscriptions;

/// <summary>The tenant has no such subscription.</summary>
public sealed class SubscriptionNotFoundException(Guid id) : Exception($"There is no subscription {id}.");
