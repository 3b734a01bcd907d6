namespace UnifiedVlm.Storage.Subscriptions;

/// <summary>A saved query as it is listed.</summary>
/// <param name="Collection">Null: all of the tenant's.</param>
/// <param name="Filter">In its text form.</param>
/// <param name="Threshold">The least cosine of a pair of vectors.</param>
/// <param name="Alignment">The least log K per step; null: any.</param>
/// <param name="Failure">Why it matches nothing: the model can't encode its query, or its filter can't be read.</param>
public sealed record Subscription(
    Guid Id, string? Collection, string? Filter, SubscriptionMode Mode, float Threshold, float? Alignment, string? Failure, DateTimeOffset CreatedAt);
