namespace UnifiedVlm.Training.Recipes;

/// <summary>L_g on answers, laid out as questions are served.</summary>
public sealed record DialogueLossSettings
{
    public double Weight { get; init; } = 1;

    /// <summary>Dialogues in a batch.</summary>
    public int Batch { get; init; } = 16;

    public AnswerAveraging Averaging { get; init; } = AnswerAveraging.Tokens;

    /// <summary>Names of sources to their shares; empty takes all equally.</summary>
    public IReadOnlyDictionary<string, double> Sources { get; init; } = new Dictionary<string, double>();
}
