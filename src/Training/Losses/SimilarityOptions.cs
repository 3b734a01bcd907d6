using UnifiedVlm.Torch.Alignment;

namespace UnifiedVlm.Training.Losses;

/// <summary>How similarity matrices are made and compared; the model's and the teachers' are made alike.</summary>
public sealed record SimilarityOptions
{
    public SimilarityForm Form { get; init; } = SimilarityForm.PerStep;

    /// <summary>Width of the local kernel, in units of distance between unit vectors (0 to 2). docs/training.md has the measurement behind the default.</summary>
    public float Sigma { get; init; } = 0.6f;

    /// <summary>
    /// Where set, pairs whose target is above it weigh in total as much as all the others: most pairs of a batch are unlike, and the few alike
    /// would be drowned. Unset, every pair weighs the same.
    /// </summary>
    public float? SimilarAbove { get; init; }

    /// <summary>Threads and instructions of the alignment kernel; they change no result.</summary>
    public AlignmentOptions Alignment { get; init; } = AlignmentOptions.Default;
}
