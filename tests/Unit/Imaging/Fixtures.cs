using UnifiedVlm.Torch.Imaging;

namespace UnifiedVlm.Tests.Unit.Imaging;

/// <summary>The files of tests/data/images; its README says how each was made.</summary>
internal static class Fixtures
{
    public static readonly float[] NoMean = [0, 0, 0];
    public static readonly float[] NoScale = [1, 1, 1];

    private static readonly string Directory = Path.Combine(AppContext.BaseDirectory, "data", "images");

    /// <summary>Every picture that decodes.</summary>
    public static IReadOnlyList<string> Good { get; } =
    [
        .. System.IO.Directory.GetFiles(Directory).Select(static f => Path.GetFileName(f)!)
            .Where(static f => f.Split('-')[0] is "png" or "jpeg" or "webp")
            .Where(static f => f is not ("webp-animated.webp" or "png-30000.png"))
            .Order(StringComparer.Ordinal),
    ];

    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(Directory, name));

    public static RgbImage Decode(string name) => ImageDecoder.DecodeRgb(Read(name), ImageLimits.Default);

    /// <summary>[3, S, S] in 0 to 255.</summary>
    public static float[] DecodeSquare(byte[] data, int size, ResizeMode mode = ResizeMode.Squash)
    {
        var pixels = new float[3 * size * size];
        ImageDecoder.DecodeNormalized(data, ImageLimits.Default, size, NoMean, NoScale, pixels, mode);
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] *= 255;
        return pixels;
    }

    /// <summary>A JPEG with empty APP1 segments, where Exif would stand, before all its others.</summary>
    public static byte[] WithEmptySegments(ReadOnlySpan<byte> jpeg, int count)
    {
        const int Magic = 2, Segment = 4;
        ReadOnlySpan<byte> empty = [0xFF, 0xE1, 0, 2];
        var data = new byte[jpeg.Length + (Segment * count)];
        jpeg[..Magic].CopyTo(data);
        for (var i = 0; i < count; i++)
            empty.CopyTo(data.AsSpan(Magic + (Segment * i)));
        jpeg[Magic..].CopyTo(data.AsSpan(Magic + (Segment * count)));
        return data;
    }

    /// <summary>The largest and the mean difference of two pictures of one size.</summary>
    public static (double Max, double Mean) Difference(RgbImage a, RgbImage b)
    {
        Assert.Equal((a.Width, a.Height), (b.Width, b.Height));
        var differences = a.Pixels.Zip(b.Pixels, static (p, q) => Math.Abs(p - q)).ToArray();
        return (differences.Max(), differences.Average());
    }

    /// <summary>The same for [3, S, S] floats against a square picture.</summary>
    public static (double Max, double Mean) Difference(float[] planes, RgbImage image)
    {
        Assert.Equal(planes.Length, image.Pixels.Length);
        var plane = image.Width * image.Height;
        var differences = image.Pixels.Select((value, i) => Math.Abs(planes[i % 3 * plane + i / 3] - value)).ToArray();
        return (differences.Max(), differences.Average());
    }
}
