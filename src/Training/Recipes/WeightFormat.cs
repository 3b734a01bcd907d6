namespace UnifiedVlm.Training.Recipes;

/// <summary>The type in which weights are written.</summary>
public enum WeightFormat
{
    Float32,

    /// <summary>Half the bytes, eight bits of precision.</summary>
    Bfloat16,
}
