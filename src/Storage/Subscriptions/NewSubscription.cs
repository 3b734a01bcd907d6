using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Search.Filters;

namespace UnifiedVlm.Storage.Subscriptions;

/// <summary>A query to be saved.</summary>
/// <param name="Query">Its parts; pictures inline.</param>
/// <param name="Threshold">The least cosine of a pair of vectors.</param>
public sealed record NewSubscription(string Tenant, InterleavedDocument Query, float Threshold)
{
    public SubscriptionMode Mode { get; init; }

    /// <summary>Only this collection; null is all of the tenant's.</summary>
    public string? Collection { get; init; }

    /// <summary>Only documents that pass it.</summary>
    public Filter? Filter { get; init; }

    /// <summary>The least log K per step of the alignment; null: any.</summary>
    public float? Alignment { get; init; }
}
