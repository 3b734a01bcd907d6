namespace UnifiedVlm.Training.Recipes;

/// <summary>
/// The MLP from states to vectors. What is not given is as the starting model has it, and the default where that has neither head nor soft prompts; a head of
/// another size than the starting model's begins anew.
/// </summary>
public sealed record HeadSettings
{
    internal const int DefaultInner = 512;
    internal const int DefaultDimension = 256;

    /// <summary>Hidden width; 0 leaves the head out, so that states are compared as they are.</summary>
    public int? Inner { get; init; }

    /// <summary>D.</summary>
    public int? Dimension { get; init; }
}
