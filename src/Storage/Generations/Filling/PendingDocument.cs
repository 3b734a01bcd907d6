using UnifiedVlm.Documents;

namespace UnifiedVlm.Storage.Generations.Filling;

/// <summary>A document whose newest content a generation has no vectors of.</summary>
/// <param name="ContentHash">Of the content to encode; empty where nothing is to be.</param>
/// <param name="Document">With its pictures; null: it is deleted, or its vectors are there already, or it can't be read.</param>
/// <param name="Problem">Why it can't be read.</param>
public sealed record PendingDocument(string Tenant, string Id, ReadOnlyMemory<byte> ContentHash, InterleavedDocument? Document, string? Problem)
{
    /// <summary>Which entry it was read under: one that was made since is left for the next time.</summary>
    internal long Entry { get; init; }
}
