namespace UnifiedVlm.Storage.Subscriptions;

/// <summary>The tenant has as many subscriptions as it may have.</summary>
public sealed class SubscriptionLimitException(string tenant, int limit)
    : Exception($"Tenant {tenant} has {limit} subscriptions, which is the limit. Remove one that is not needed any more.");
