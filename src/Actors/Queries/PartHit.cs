using UnifiedVlm.Documents;

namespace UnifiedVlm.Actors.Queries;

/// <summary>A part that was found.</summary>
/// <param name="Id">Of its document.</param>
/// <param name="Title">Of its document; null if that has none.</param>
/// <param name="Version">Of its document, as it is in the index.</param>
/// <param name="Part">Where in the document.</param>
/// <param name="Score">
/// What the parts are ordered by: reciprocal ranks by vector and by words; of a missing part the alignment of the completed sequence with the part's document, log K per step.
/// </param>
/// <param name="Similarity">The largest cosine with a part of the query; null for a missing part.</param>
/// <param name="Snippet">The beginning of its words, or the picture's alternative text; null when not asked for, gone or none.</param>
public sealed record PartHit(
    string Id, string Collection, string? Title, long Version, EmbeddedPart Part, double Score, float? Similarity, string? Snippet);
