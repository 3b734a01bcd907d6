namespace UnifiedVlm.Training.Recipes;

/// <summary>Validation while training, always on the same samples.</summary>
public sealed record EvaluationSettings
{
    /// <summary>Steps between validations.</summary>
    public int Every { get; init; } = 500;

    /// <summary>Groups of pairs that are told apart, and half as many captions, dialogues and sequences.</summary>
    public int Samples { get; init; } = 128;

    /// <summary>Keep the model with the best score in OUT/best.</summary>
    public bool KeepBest { get; init; } = true;
}
