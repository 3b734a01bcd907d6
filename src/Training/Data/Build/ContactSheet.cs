using UnifiedVlm.Torch.Imaging;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Data.Build;

/// <summary>Pictures of one size side by side, in reading order.</summary>
internal static class ContactSheet
{
    private const int Gap = 4;
    private const byte Paper = 255;

    public static RgbImage Lay(IReadOnlyList<Picture> pictures, int columns)
    {
        var side = pictures[0].Side;
        columns = Math.Min(columns, pictures.Count);
        var rows = (pictures.Count + columns - 1) / columns;
        var (width, height) = ((columns * (side + Gap)) - Gap, (rows * (side + Gap)) - Gap);
        var pixels = new byte[width * height * 3];
        pixels.AsSpan().Fill(Paper);
        for (var i = 0; i < pictures.Count; i++)
        {
            var (left, top) = (i % columns * (side + Gap), i / columns * (side + Gap));
            for (var y = 0; y < side; y++)
                pictures[i].Rgb.Span.Slice(y * side * 3, side * 3).CopyTo(pixels.AsSpan((((top + y) * width) + left) * 3));
        }

        return new RgbImage(width, height, pixels);
    }
}
