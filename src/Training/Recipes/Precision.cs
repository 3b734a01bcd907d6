namespace UnifiedVlm.Training.Recipes;

/// <summary>In which type the factors of matrix products are; sums, weights and moments are always float32.</summary>
public enum Precision
{
    /// <summary>Measured at start: bfloat16 where it is clearly faster. On a GPU float32, whose products are TF32's.</summary>
    Auto,
    Float32,
    Bfloat16,
}
