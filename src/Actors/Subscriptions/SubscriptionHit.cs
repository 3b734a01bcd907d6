using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Storage.Subscriptions;

namespace UnifiedVlm.Actors.Subscriptions;

/// <summary>A document met a subscription.</summary>
/// <param name="Similarity">The largest cosine that counts in the subscription's mode.</param>
/// <param name="Alignment">log K per step.</param>
/// <param name="Matches">The most similar ones first; at most <see cref="MaxMatches"/>.</param>
internal sealed record SubscriptionHit(SavedQuery Subscription, float Similarity, float Alignment, IReadOnlyList<PartMatch> Matches)
{
    public const int MaxMatches = 16;
}
