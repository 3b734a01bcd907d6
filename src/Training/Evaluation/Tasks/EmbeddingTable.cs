using UnifiedVlm.Documents;
using UnifiedVlm.Torch.Alignment;

namespace UnifiedVlm.Training.Evaluation.Tasks;

/// <summary>Embeddings of N contents, packed: what similarities are computed over.</summary>
public sealed class EmbeddingTable
{
    private readonly float[] documents;
    private readonly float[] parts;
    private readonly int[] documentOffsets;
    private readonly int[] partOffsets;

    public EmbeddingTable(IReadOnlyList<SequenceEmbedding> embeddings)
    {
        ArgumentOutOfRangeException.ThrowIfZero(embeddings.Count, nameof(embeddings));
        Dimension = embeddings[0].Dimension;
        documentOffsets = [.. Enumerable.Range(0, embeddings.Count + 1)];
        partOffsets = new int[embeddings.Count + 1];
        for (var i = 0; i < embeddings.Count; i++)
            partOffsets[i + 1] = partOffsets[i] + embeddings[i].Parts.Count;
        documents = new float[embeddings.Count * Dimension];
        parts = new float[partOffsets[^1] * Dimension];
        for (var i = 0; i < embeddings.Count; i++)
        {
            embeddings[i].DocumentVector.Span.CopyTo(documents.AsSpan(i * Dimension));
            embeddings[i].PartVectors.Span.CopyTo(parts.AsSpan(partOffsets[i] * Dimension));
        }
    }

    /// <summary>N.</summary>
    public int Count => documentOffsets.Length - 1;

    public int Dimension { get; }

    /// <summary>One row each: the document vectors.</summary>
    public PackedSequences Documents => new(documents, documentOffsets, Dimension);

    /// <summary>A row for each embedded part.</summary>
    public PackedSequences Parts => new(parts, partOffsets, Dimension);

    public ReadOnlySpan<float> DocumentOf(int index) => documents.AsSpan(index * Dimension, Dimension);

    public ReadOnlySpan<float> PartsOf(int index) => parts.AsSpan(partOffsets[index] * Dimension, (partOffsets[index + 1] - partOffsets[index]) * Dimension);
}
