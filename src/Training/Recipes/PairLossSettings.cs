namespace UnifiedVlm.Training.Recipes;

/// <summary>L_c: symmetric InfoNCE between the summary vectors of pairs.</summary>
public sealed record PairLossSettings
{
    /// <summary>beta.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Groups of pairs in a batch; all their pairs are each other's negatives.</summary>
    public int Groups { get; init; } = 96;

    /// <summary>Names of sources to their shares of the groups; empty takes all equally.</summary>
    public IReadOnlyDictionary<string, double> Sources { get; init; } = new Dictionary<string, double>();

    /// <summary>Where the learned temperature starts.</summary>
    public double Temperature { get; init; } = 0.07;
}
