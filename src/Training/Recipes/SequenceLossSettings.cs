using UnifiedVlm.Training.Losses;

namespace UnifiedVlm.Training.Recipes;

/// <summary>L_d: the similarities of sequences of parts are those that frozen teachers see (Sugar, arXiv 2411.00304).</summary>
public sealed record SequenceLossSettings
{
    /// <summary>alpha.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Sequences in a batch.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Names of sources to their shares; empty takes all equally.</summary>
    public IReadOnlyDictionary<string, double> Sources { get; init; } = new Dictionary<string, double>();

    /// <summary>How two sequences are compared: per_step and normalised by alignment, mean_pooled without.</summary>
    public SimilarityForm Kernel { get; init; } = SimilarityForm.PerStep;

    /// <summary>Width of the local kernel, in units of distance between unit vectors.</summary>
    public float Sigma { get; init; } = 0.6f;

    /// <summary>Pairs whose target is above it weigh in total as much as all others; null weighs every pair alike.</summary>
    public float? SimilarAbove { get; init; }

    /// <summary>Such as <c>knowledge</c>, <c>model=FOLDER</c>, <c>vectors=FILE</c>, <c>picture-histograms</c>, <c>text-ngrams</c>.</summary>
    public IReadOnlyList<string> Teachers { get; init; } = ["knowledge", "picture-histograms", "text-ngrams"];

    /// <summary>How much the teachers of both modalities weigh beside those of one (the triple kernel); 1 takes them alone.</summary>
    public double SharedWeight { get; init; } = TripleKernel.DefaultSharedWeight;

    internal SimilarityOptions Similarity => new() { Form = Kernel, Sigma = Sigma, SimilarAbove = SimilarAbove };
}
