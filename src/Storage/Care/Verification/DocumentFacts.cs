using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Care.Verification;

/// <summary>A document's row, and what other tables say about its collection and its language.</summary>
/// <param name="HasContent">Any column that a tombstone leaves empty is filled.</param>
/// <param name="CollectionRule">Null: the collection is not recorded.</param>
/// <param name="HasTextConfig">The tenant's questions are parsed by the document's text configuration.</param>
/// <param name="Source">Where its last record came from; no group.</param>
internal sealed record DocumentFacts(
    bool Deleted, byte[] ContentHash, int PartCount, bool HasContent, string Rule, string? Collection, string? CollectionRule, bool HasTextConfig,
    LogPartition Source, long SourceOffset);
