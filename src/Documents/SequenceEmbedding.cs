namespace UnifiedVlm.Documents;

/// <summary>
/// What the model makes of a document: one unit vector per embedded part, in reading order, and one for the whole.
/// A long text is split, so several embedded parts may come from one part of the document.
/// </summary>
/// <param name="Dimension">D, the width of every vector.</param>
/// <param name="Parts">P entries: where each part vector comes from.</param>
/// <param name="PartVectors">P x D, row-major, each row of unit length.</param>
/// <param name="DocumentVector">D values of unit length.</param>
public sealed record SequenceEmbedding(
    int Dimension,
    IReadOnlyList<EmbeddedPart> Parts,
    ReadOnlyMemory<float> PartVectors,
    ReadOnlyMemory<float> DocumentVector)
{
    /// <summary>The vector of embedded part <paramref name="index"/>.</summary>
    public ReadOnlyMemory<float> PartVector(int index) => PartVectors.Slice(index * Dimension, Dimension);
}
