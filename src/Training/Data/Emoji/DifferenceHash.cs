using System.Runtime.Intrinsics;

namespace UnifiedVlm.Training.Data.Emoji;

/// <summary>A difference hash of 64 bits: whether each of 9 x 8 grey fields, the sprite over white, is lighter than its right neighbour.</summary>
internal static class DifferenceHash
{
    private const int Fields = 9;

    /// <summary>Pictures this many bits apart or fewer are taken for the same.</summary>
    public const int NearBits = 4;

    public static ulong Of(ReadOnlySpan<byte> sprite)
    {
        // [9,9]; the last row is not needed.
        var fields = new Vector128<float>[Fields * Fields];
        SpriteScaler.Scale(sprite, SpriteAtlas.Side, fields, Fields);
        var hash = 0UL;
        for (var y = 0; y < Fields - 1; y++)
        {
            for (var x = 0; x < Fields - 1; x++)
                hash = (hash << 1) | (Grey(fields[(y * Fields) + x]) > Grey(fields[(y * Fields) + x + 1]) ? 1UL : 0UL);
        }

        return hash;
    }

    public static bool AreNear(ulong left, ulong right) => System.Numerics.BitOperations.PopCount(left ^ right) <= NearBits;

    // Whole steps: what is equal but for rounding must hash equally everywhere.
    private static int Grey(Vector128<float> pixel) =>
        (int)MathF.Round((0.299f * pixel[0]) + (0.587f * pixel[1]) + (0.114f * pixel[2]) + 255 - pixel[3]);
}
