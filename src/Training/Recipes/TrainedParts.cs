namespace UnifiedVlm.Training.Recipes;

/// <summary>Which weights change.</summary>
public sealed record TrainedParts
{
    /// <summary>Vision encoder, projector and decoder. With <see cref="Lora"/> they stay as they are, unless that is for encoding alone.</summary>
    public bool Network { get; init; } = true;

    public bool SoftPrompts { get; init; } = true;

    public bool Head { get; init; } = true;

    /// <summary>In PEFT's format: OUT/adapter, and OUT/model has it merged in; one for encoding is OUT/model/adapters/encoding.</summary>
    public LoraSettings? Lora { get; init; }
}
