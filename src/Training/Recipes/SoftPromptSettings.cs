namespace UnifiedVlm.Training.Recipes;

/// <summary>Vectors of each soft prompt; 0 asks in words instead. Read only where the model folder has no embedding.safetensors.</summary>
public sealed record SoftPromptSettings
{
    public int Image { get; init; } = 8;

    public int Text { get; init; } = 8;

    public int Interleaved { get; init; } = 8;
}
