namespace UnifiedVlm.Documents;

/// <summary>The origin of one part vector.</summary>
/// <param name="SourcePart">Index into <see cref="InterleavedDocument.Parts"/>.</param>
/// <param name="Kind">Text or picture.</param>
/// <param name="Start">First UTF-16 code unit of the span in the source part's text; 0 for a picture.</param>
/// <param name="Length">Length of the span in UTF-16 code units; 0 for a picture.</param>
public readonly record struct EmbeddedPart(int SourcePart, PartKind Kind, int Start, int Length);
