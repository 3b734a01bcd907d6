namespace UnifiedVlm.Training.Recipes;

/// <summary>
/// Each image token predicts the words of what it shows, before the decoder. The papers begin with a vision encoder that was trained on millions
/// of pictures; this teaches ours from nothing to see, and to say it in the decoder's own vectors.
/// </summary>
public sealed record RegionLossSettings
{
    public double Weight { get; init; } = 1;

    /// <summary>Pictures in a batch.</summary>
    public int Batch { get; init; } = 64;

    /// <summary>Names of sources to their shares; empty takes all equally.</summary>
    public IReadOnlyDictionary<string, double> Sources { get; init; } = new Dictionary<string, double>();
}
