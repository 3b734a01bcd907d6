using UnifiedVlm.Documents;

namespace UnifiedVlm.Actors.Queries;

/// <summary>Documents to be put into the order of their likeness to a query.</summary>
/// <param name="Query">Text, a picture, or several of each in order.</param>
/// <param name="Documents">The caller's own; they are not stored.</param>
public sealed record RerankRequest(InterleavedDocument Query, IReadOnlyList<InterleavedDocument> Documents);
