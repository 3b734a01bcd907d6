namespace UnifiedVlm.Model.Checkpoints;

/// <summary>What a safetensors header says of one tensor.</summary>
/// <param name="Offset">First byte within the file.</param>
/// <param name="Length">Bytes.</param>
public sealed record TensorEntry(string Name, TensorType Type, long[] Shape, long Offset, long Length)
{
    /// <summary>For messages: <c>F32 [300, 48]</c>.</summary>
    public override string ToString() => $"{Type} [{string.Join(", ", Shape)}]";
}
