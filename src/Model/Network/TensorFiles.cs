using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Network;

/// <summary>Between tensors and safetensors files.</summary>
internal static class TensorFiles
{
    /// <summary>A file's tensor as it is stored.</summary>
    /// <exception cref="CheckpointException">It is missing.</exception>
    public static unsafe Tensor Read(SafetensorsFile file, string name)
    {
        var entry = file.Entry(name);
        return from_pointer((void*)file.Address(entry), entry.Length, entry.Shape, ToScalarType(entry.Type));
    }

    /// <summary>Copies a file's tensor into one of the model, converting its type.</summary>
    /// <exception cref="CheckpointException">It is missing, of another shape, no floating-point numbers, or holds a NaN or an infinity.</exception>
    public static void CopyTo(SafetensorsFile file, string name, Tensor target)
    {
        var entry = file.Entry(name);
        if (!target.shape.AsSpan().SequenceEqual(entry.Shape))
            throw new CheckpointException(file.Path, name, $"is {entry}, config.json makes it [{string.Join(", ", target.shape)}]");
        if (entry.Type is not (TensorType.F32 or TensorType.BF16 or TensorType.F16))
            throw new CheckpointException(file.Path, name, $"is {entry}; weights must be F32, BF16 or F16");
        using var stored = Read(file, name);
        target.copy_(stored);

        // In the type that computes: a float32 may be too large for bfloat16. The largest is a NaN where any is one.
        using var sizes = target.abs();
        using var largest = sizes.max();
        if (!double.IsFinite(largest.ToDouble()))
            throw new CheckpointException(file.Path, name, $"holds a NaN or an infinity{(target.dtype == ScalarType.Float32 ? "" : $" in {target.dtype}")}: nothing that is computed with it means anything");
    }

    /// <param name="store">The type it is written in; its own unless given.</param>
    public static SafetensorsTensor ToFile(string name, Tensor tensor, ScalarType? store = null)
    {
        var target = store ?? tensor.dtype;
        var type = target switch
        {
            ScalarType.Float32 => TensorType.F32,
            ScalarType.BFloat16 => TensorType.BF16,
            ScalarType.Float16 => TensorType.F16,
            ScalarType.Int64 => TensorType.I64,
            ScalarType.Int32 => TensorType.I32,
            ScalarType.Byte => TensorType.U8,
            ScalarType.Bool => TensorType.BOOL,
            var other => throw new ArgumentException($"Tensor '{name}' holds {other}, which is not written.", nameof(tensor)),
        };
        return new SafetensorsTensor(name, type, tensor.shape, stream =>
        {
            using var plain = tensor.detach();
            using var stored = plain.to(target);
            stored.write_to(stream);
        });
    }

    private static ScalarType ToScalarType(TensorType type) => type switch
    {
        TensorType.F32 => ScalarType.Float32,
        TensorType.BF16 => ScalarType.BFloat16,
        TensorType.F16 => ScalarType.Float16,
        TensorType.I64 => ScalarType.Int64,
        TensorType.I32 => ScalarType.Int32,
        TensorType.U8 => ScalarType.Byte,
        TensorType.BOOL => ScalarType.Bool,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };
}
