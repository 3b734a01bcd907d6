namespace UnifiedVlm.Training.Recipes;

/// <summary>L_g over every token of the texts of interleaved documents.</summary>
public sealed record DocumentLossSettings
{
    public double Weight { get; init; } = 1;

    /// <summary>Tokens in a batch, image tokens included: windows are taken until they are reached.</summary>
    public int Tokens { get; init; } = 1024;

    /// <summary>Names of sources to their shares of the documents; empty takes all equally.</summary>
    public IReadOnlyDictionary<string, double> Sources { get; init; } = new Dictionary<string, double>();
}
