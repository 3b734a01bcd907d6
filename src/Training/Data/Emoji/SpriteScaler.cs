using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.Intrinsics;

namespace UnifiedVlm.Training.Data.Emoji;

/// <summary>Resizes premultiplied square pictures with a triangle filter as wide as the shrinking. A pixel's four channels are one vector.</summary>
internal static class SpriteScaler
{
    private static readonly ConcurrentDictionary<(int From, int To), TriangleFilter> Filters = new();

    /// <param name="source">[from,from,4].</param>
    /// <param name="destination">[to,to] pixels in 0..255.</param>
    public static void Scale(ReadOnlySpan<byte> source, int from, Span<Vector128<float>> destination, int to)
    {
        var filter = Filters.GetOrAdd((from, to), static sides => new TriangleFilter(sides.From, sides.To));
        var scratch = ArrayPool<Vector128<float>>.Shared.Rent(from * (to + 1));
        var row = scratch.AsSpan(0, from);
        var narrowed = scratch.AsSpan(from, from * to); // [from rows, to columns]
        for (var y = 0; y < from; y++)
        {
            Unpack(source.Slice(y * from * 4, from * 4), row);
            for (var x = 0; x < to; x++)
            {
                var sum = Vector128<float>.Zero;
                var first = filter.First(x);
                var weights = filter.Weights(x);
                for (var k = 0; k < weights.Length; k++)
                    sum += row[first + k] * weights[k];
                narrowed[(y * to) + x] = sum;
            }
        }

        for (var y = 0; y < to; y++)
        {
            var target = destination.Slice(y * to, to);
            target.Clear();
            var first = filter.First(y);
            var weights = filter.Weights(y);
            for (var k = 0; k < weights.Length; k++)
            {
                var line = narrowed.Slice((first + k) * to, to);
                for (var x = 0; x < to; x++)
                    target[x] += line[x] * weights[k];
            }
        }

        ArrayPool<Vector128<float>>.Shared.Return(scratch);
    }

    private static void Unpack(ReadOnlySpan<byte> bytes, Span<Vector128<float>> pixels)
    {
        for (var i = 0; i < pixels.Length; i++)
        {
            var packed = Vector128.CreateScalar(BitConverter.ToUInt32(bytes.Slice(i * 4, 4))).AsByte();
            var wide = Vector128.WidenLower(Vector128.WidenLower(packed)).AsInt32();
            pixels[i] = Vector128.ConvertToSingle(wide);
        }
    }
}
