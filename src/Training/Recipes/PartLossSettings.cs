namespace UnifiedVlm.Training.Recipes;

/// <summary>
/// Parts that say the same are told apart from all others of the batch, alone and within sequences, shown and told (supervised contrast, arXiv
/// 2004.11362). A part's state has seen the parts before it; this is what keeps it near what the part means by itself.
/// </summary>
public sealed record PartLossSettings
{
    public double Weight { get; init; } = 1;

    /// <summary>Samples in a batch, each of several sequences.</summary>
    public int Batch { get; init; } = 6;

    /// <summary>Names of sources to their shares; empty takes all equally.</summary>
    public IReadOnlyDictionary<string, double> Sources { get; init; } = new Dictionary<string, double>();
}
