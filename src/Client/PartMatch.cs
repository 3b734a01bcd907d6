namespace UnifiedVlm.Client;

/// <param name="QueryPart">Index into the question's parts.</param>
/// <param name="DocumentPart">Index into the document's parts.</param>
/// <param name="Similarity">Cosine.</param>
/// <param name="Text">The beginning of the part's words; null for a picture.</param>
/// <param name="Alt">The words that stand for a picture.</param>
public sealed record PartMatch(int QueryPart, int DocumentPart, float Similarity, string? Text, string? Alt);
