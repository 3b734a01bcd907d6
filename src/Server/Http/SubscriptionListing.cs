using UnifiedVlm.Storage.Subscriptions;

namespace UnifiedVlm.Server.Http;

/// <summary>Reply of POST /v1/subscriptions.</summary>
internal sealed record SubscriptionAdded(Guid Id);

/// <summary>Reply of GET /v1/subscriptions: all of the tenant's, oldest first.</summary>
internal sealed record SubscriptionPage(IReadOnlyList<SubscriptionListing> Subscriptions);

/// <param name="Collection">Left out: all of the tenant's.</param>
/// <param name="Filter">In its text form; times are part of it.</param>
/// <param name="Mode">documents or parts.</param>
/// <param name="Threshold">The least cosine of a pair of vectors.</param>
/// <param name="Alignment">The least log K per step; left out: any.</param>
/// <param name="Failure">Why it matches nothing; left out where it can.</param>
internal sealed record SubscriptionListing(
    Guid Id, string? Collection, string? Filter, string Mode, float Threshold, float? Alignment, string? Failure, DateTimeOffset CreatedAt)
{
    public static SubscriptionListing From(Subscription subscription) => new(
        subscription.Id, subscription.Collection, subscription.Filter, subscription.Mode.ToString().ToLowerInvariant(), subscription.Threshold, subscription.Alignment,
        subscription.Failure, subscription.CreatedAt);
}
