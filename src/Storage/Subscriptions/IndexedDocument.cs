using UnifiedVlm.Documents;

namespace UnifiedVlm.Storage.Subscriptions;

/// <summary>A document that was indexed and is to be compared with subscriptions.</summary>
/// <param name="EventId">Of its event in the outbox.</param>
/// <param name="Revision">Of the tenant's subscriptions; null where there are none.</param>
/// <param name="Embedding">Null where there is nothing to compare: no subscriptions, the document has changed since, and another event says so, the model can't take it, or its vectors are damaged.</param>
public sealed record IndexedDocument(long EventId, string Tenant, string Id, long Sequence, long? Revision, string? Collection, SequenceEmbedding? Embedding);
