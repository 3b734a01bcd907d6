using UnifiedVlm.Documents;

namespace UnifiedVlm.Storage.Subscriptions;

/// <summary>A subscription as it is matched.</summary>
/// <param name="Filter">In its text form; null: none.</param>
/// <param name="Query">A document's JSON, where its vectors have to be made; null where they are there.</param>
/// <param name="Embedding">Null where it has to be made.</param>
public sealed record SavedQuery(
    Guid Id, string? Collection, string? Filter, SubscriptionMode Mode, float Threshold, float? Alignment, ReadOnlyMemory<byte>? Query, SequenceEmbedding? Embedding);
