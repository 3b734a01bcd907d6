using UnifiedVlm.Documents;

namespace UnifiedVlm.Streams.Sources;

/// <summary>One thing read from a local source: bytes to decode, or a document that an importer has made.</summary>
/// <param name="Refusal">Why the item can't be taken; <paramref name="Value"/> then holds its beginning.</param>
/// <param name="Deletion">Set where the item is a document to be deleted, and nothing else of it is.</param>
public readonly record struct LocalItem(
    ReadOnlyMemory<byte>? Value, InterleavedDocument? Document = null, DocumentRejectedException? Refusal = null, LocalDeletion? Deletion = null);

/// <summary>A document that a local source has no longer.</summary>
/// <param name="Version">Null: the source's position takes its place, as it did for the document.</param>
public sealed record LocalDeletion(string Tenant, string Id, long? Version);
