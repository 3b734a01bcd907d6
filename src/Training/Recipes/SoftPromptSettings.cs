namespace UnifiedVlm.Training.Recipes;

/// <summary>
/// Vectors of each soft prompt; 0 asks in words instead. What is not given is as the starting model has it, and the default where that has neither head nor soft
/// prompts; a soft prompt of another length than the starting model's begins anew.
/// </summary>
public sealed record SoftPromptSettings
{
    internal const int DefaultLength = 8;

    public int? Image { get; init; }

    public int? Text { get; init; }

    public int? Interleaved { get; init; }
}
