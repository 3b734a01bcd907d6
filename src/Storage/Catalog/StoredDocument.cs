using UnifiedVlm.Documents;

namespace UnifiedVlm.Storage.Catalog;

/// <summary>A document as it is stored.</summary>
/// <param name="Document">Its pictures by their SHA-256. With a version only where the sender gave one, so that it can be sent again as it is.</param>
/// <param name="Version">The sender's, or the position in the source that stands in its place.</param>
/// <param name="UpdatedAt">When this version was written.</param>
public sealed record StoredDocument(InterleavedDocument Document, long Version, DateTimeOffset UpdatedAt);
