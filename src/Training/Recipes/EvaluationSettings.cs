namespace UnifiedVlm.Training.Recipes;

/// <summary>Validation while training, always on the same samples.</summary>
public sealed record EvaluationSettings
{
    /// <summary>Steps between validations.</summary>
    public int Every { get; init; } = 500;

    /// <summary>Pairs that are told apart, and captions, dialogues and documents a quarter as many.</summary>
    public int Samples { get; init; } = 256;

    /// <summary>Keep the model with the best score in OUT/best.</summary>
    public bool KeepBest { get; init; } = true;
}
