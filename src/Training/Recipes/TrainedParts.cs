namespace UnifiedVlm.Training.Recipes;

/// <summary>Which weights change.</summary>
public sealed record TrainedParts
{
    /// <summary>Vision encoder, projector and decoder. With <see cref="Lora"/> they stay as they are.</summary>
    public bool Network { get; init; } = true;

    public bool SoftPrompts { get; init; } = true;

    public bool Head { get; init; } = true;

    /// <summary>Trained in the network's place; OUT/adapter gets it in PEFT's format, OUT/model the network with it merged in.</summary>
    public LoraSettings? Lora { get; init; }
}
