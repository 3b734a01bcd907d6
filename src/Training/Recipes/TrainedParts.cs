namespace UnifiedVlm.Training.Recipes;

/// <summary>Which weights change.</summary>
public sealed record TrainedParts
{
    /// <summary>Vision encoder, projector and decoder.</summary>
    public bool Network { get; init; } = true;

    public bool SoftPrompts { get; init; } = true;

    public bool Head { get; init; } = true;
}
