namespace UnifiedVlm.Training.Data.Evaluation;

/// <summary>How many items each evaluation set has.</summary>
internal sealed record EvaluationSizes
{
    public int Retrieval { get; init; } = 1000;

    /// <summary>Of scenes of two objects and each kind of edit; even, for items come as mirrored twos.</summary>
    public int HardNegatives { get; init; } = 400;

    /// <summary>The same for three and four objects.</summary>
    public int CrowdedHardNegatives { get; init; } = 200;

    public int Winoground { get; init; } = 400;

    public int Stories { get; init; } = 2000;

    public int Presence { get; init; } = 1000;

    public int Questions { get; init; } = 2000;
}
