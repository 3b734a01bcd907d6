using System.Runtime.InteropServices;

namespace UnifiedVlm.Model.Checkpoints;

/// <summary>One tensor to be written.</summary>
/// <param name="WriteTo">Writes exactly the bytes that <paramref name="Type"/> and <paramref name="Shape"/> demand, little-endian and row-major.</param>
public sealed record SafetensorsTensor(string Name, TensorType Type, long[] Shape, Action<Stream> WriteTo)
{
    public static SafetensorsTensor Of(string name, long[] shape, ReadOnlyMemory<float> values) =>
        new(name, TensorType.F32, shape, stream => stream.Write(MemoryMarshal.AsBytes(values.Span)));

    public static SafetensorsTensor Of(string name, long[] shape, ReadOnlyMemory<long> values) =>
        new(name, TensorType.I64, shape, stream => stream.Write(MemoryMarshal.AsBytes(values.Span)));
}
