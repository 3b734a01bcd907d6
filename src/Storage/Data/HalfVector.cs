using System.Buffers.Binary;

namespace UnifiedVlm.Storage.Data;

/// <summary>pgvector's <c>halfvec</c>: D numbers of 16 bits, little-endian, as the packed form has them, so that it can be a view of that.</summary>
internal readonly record struct HalfVector(ReadOnlyMemory<byte> Bytes)
{
    public int Dimension => Bytes.Length / sizeof(ushort);

    public static HalfVector From(ReadOnlySpan<float> values)
    {
        var bytes = new byte[values.Length * sizeof(ushort)];
        Narrow(values, bytes);
        return new HalfVector(bytes);
    }

    /// <param name="bytes">Two a number.</param>
    public static void Narrow(ReadOnlySpan<float> values, Span<byte> bytes)
    {
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteHalfLittleEndian(bytes[(i * sizeof(ushort))..], (Half)values[i]);
    }

    public float[] Widen()
    {
        var values = new float[Dimension];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(Bytes.Span[(i * sizeof(ushort))..]);
        return values;
    }
}
