namespace UnifiedVlm.Client;

/// <summary>A part that was found.</summary>
/// <param name="Id">Of its document, as the next three.</param>
/// <param name="Score">What the parts are ordered by.</param>
/// <param name="Part">Index into the document's parts.</param>
/// <param name="Start">Where in that part's text, in UTF-16 code units; a long text is several parts of the index.</param>
/// <param name="Type"><c>text</c> or <c>image</c>.</param>
/// <param name="Similarity">Cosine with the nearest part of the question; null for a missing part.</param>
/// <param name="Text">The beginning of the part's words; null for a picture.</param>
/// <param name="Alt">The words that stand for a picture.</param>
public sealed record PartHit(
    string Id, string Collection, string? Title, long Version, double Score, int Part, int Start, int Length, string Type, float? Similarity, string? Text, string? Alt);
