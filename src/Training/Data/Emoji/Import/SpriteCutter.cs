using System.Runtime.Intrinsics;

namespace UnifiedVlm.Training.Data.Emoji.Import;

/// <summary>Cuts one drawing out of a sheet and makes it fill a sprite: the packages leave different margins.</summary>
internal static class SpriteCutter
{
    private const int Border = 1;

    // Fainter pixels are a shadow's end, not the thing.
    private const int FaintestAlpha = 12;

    /// <param name="black">[stride,stride,3]: drawn over black.</param>
    /// <param name="white">The same over white.</param>
    /// <returns>[64,64,4], premultiplied; null where nothing is drawn.</returns>
    public static byte[]? Cut(ReadOnlySpan<byte> black, ReadOnlySpan<byte> white, int stride, int left, int top, int cell)
    {
        var rgba = new byte[cell * cell * 4];
        var (minX, minY, maxX, maxY) = (cell, cell, -1, -1);
        for (var y = 0; y < cell; y++)
        {
            for (var x = 0; x < cell; x++)
            {
                var from = (((top + y) * stride) + left + x) * 3;
                var to = ((y * cell) + x) * 4;
                var alpha = Math.Clamp(255 - (white[from + 1] - black[from + 1]), 0, 255);
                for (var c = 0; c < 3; c++)
                    rgba[to + c] = (byte)Math.Min(black[from + c], alpha);
                rgba[to + 3] = (byte)alpha;
                if (alpha < FaintestAlpha)
                    continue;
                (minX, maxX) = (Math.Min(minX, x), Math.Max(maxX, x));
                (minY, maxY) = (Math.Min(minY, y), Math.Max(maxY, y));
            }
        }

        if (maxX < 0)
            return null;
        var side = Math.Max(maxX - minX, maxY - minY) + 1;
        var window = new byte[side * side * 4];
        var (originX, originY) = (minX - ((side - (maxX - minX + 1)) / 2), minY - ((side - (maxY - minY + 1)) / 2));
        for (var y = minY; y <= maxY; y++)
        {
            rgba.AsSpan(((y * cell) + minX) * 4, (maxX - minX + 1) * 4)
                .CopyTo(window.AsSpan((((y - originY) * side) + minX - originX) * 4));
        }

        return Shrink(window, side);
    }

    private static byte[] Shrink(byte[] window, int side)
    {
        const int Inner = SpriteAtlas.Side - (2 * Border);
        var pixels = new Vector128<float>[Inner * Inner];
        SpriteScaler.Scale(window, side, pixels, Inner);
        var sprite = new byte[SpriteAtlas.SpriteBytes];
        for (var i = 0; i < pixels.Length; i++)
        {
            var to = (((Border + (i / Inner)) * SpriteAtlas.Side) + Border + (i % Inner)) * 4;
            for (var c = 0; c < 4; c++)
                sprite[to + c] = (byte)Math.Clamp((int)MathF.Round(pixels[i][c]), 0, 255);
        }

        return sprite;
    }
}
