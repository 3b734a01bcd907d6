namespace UnifiedVlm.Training.Recipes;

/// <summary>In which type the factors of matrix products are; sums, weights and moments are always float32.</summary>
public enum Precision
{
    /// <summary>Measured at start: bfloat16 where it is clearly faster.</summary>
    Auto,
    Float32,
    Bfloat16,
}
