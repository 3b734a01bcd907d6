using UnifiedVlm.Documents;

namespace UnifiedVlm.Storage.Subscriptions;

/// <summary>A subscription as it is matched.</summary>
/// <param name="Filter">In its text form; null: none.</param>
/// <param name="Embedding">Null where it has to be made, also because what was kept can't be read.</param>
public sealed record SavedQuery(
    Guid Id, string? Collection, string? Filter, SubscriptionMode Mode, float Threshold, float? Alignment, SequenceEmbedding? Embedding);
