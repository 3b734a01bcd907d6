using UnifiedVlm.Documents;

namespace UnifiedVlm.Actors.Queries;

/// <summary>A part of the query and the part of the document it was aligned with.</summary>
/// <param name="QueryPart">Where in the query.</param>
/// <param name="DocumentPart">Where in the document.</param>
/// <param name="Similarity">Cosine of their vectors.</param>
/// <param name="Snippet">The beginning of the document part's words, or the picture's alternative text; null when not asked for, gone or none.</param>
public sealed record PartMatch(EmbeddedPart QueryPart, EmbeddedPart DocumentPart, float Similarity, string? Snippet);
