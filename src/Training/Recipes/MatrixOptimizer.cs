namespace UnifiedVlm.Training.Recipes;

/// <summary>What moves the matrices between hidden states.</summary>
public enum MatrixOptimizer
{
    Adamw,

    /// <summary>Momentum with its singular values levelled: fewer steps for the same loss, each a little dearer.</summary>
    Muon,
}
