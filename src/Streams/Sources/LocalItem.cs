using UnifiedVlm.Documents;

namespace UnifiedVlm.Streams.Sources;

/// <summary>One thing read from a local source: bytes to decode, or a document that an importer has made.</summary>
/// <param name="Refusal">Why the item can't be taken; <paramref name="Value"/> then holds its beginning.</param>
public readonly record struct LocalItem(ReadOnlyMemory<byte>? Value, InterleavedDocument? Document = null, DocumentRejectedException? Refusal = null);
