namespace UnifiedVlm.Model.Checkpoints;

/// <summary>The element types of a safetensors file that are read and written here, by their names in the format.</summary>
public enum TensorType
{
    F32,
    BF16,
    F16,
    I64,
    I32,
    U8,
    BOOL,
}
