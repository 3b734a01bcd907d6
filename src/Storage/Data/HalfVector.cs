using System.Runtime.InteropServices;

namespace UnifiedVlm.Storage.Data;

/// <summary>pgvector's <c>halfvec</c>: D numbers of 16 bits.</summary>
internal readonly record struct HalfVector(ReadOnlyMemory<Half> Values)
{
    public static HalfVector From(ReadOnlySpan<float> values)
    {
        var halves = new Half[values.Length];
        for (var i = 0; i < halves.Length; i++)
            halves[i] = (Half)values[i];
        return new HalfVector(halves);
    }

    /// <summary>The bit patterns, as both wire format and packed form need them.</summary>
    public ReadOnlySpan<ushort> Bits => MemoryMarshal.Cast<Half, ushort>(Values.Span);
}
