namespace UnifiedVlm.Training.Losses;

/// <summary>How alike two sequences are, as a number that is 1 for a sequence and itself.</summary>
public enum SimilarityForm
{
    /// <summary>
    /// exp of the normalised log kernel divided by max(n, m), in (0, 1]: the mean similarity per step of an alignment. Comparable whatever the
    /// lengths; not positive definite.
    /// </summary>
    PerStep,

    /// <summary>The normalised alignment kernel itself, in (0, 1]: positive definite, but next to nothing where lengths differ.</summary>
    Normalised,

    /// <summary>Cosine of the mean part vectors, in [-1, 1]: the ablation without alignment, blind to order.</summary>
    MeanPooled,
}
