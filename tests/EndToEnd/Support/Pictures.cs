using System.Buffers.Binary;
using UnifiedVlm.Torch.Imaging;

namespace UnifiedVlm.Tests.EndToEnd.Support;

internal static class Pictures
{
    /// <summary>A small picture that is the same for the same seed and differs for others.</summary>
    public static byte[] Png(int seed, int side = 24)
    {
        var pixels = new byte[side * side * 3];
        new Random(seed).NextBytes(pixels);
        return ImageEncoder.EncodePng(new RgbImage(side, side, pixels));
    }

    /// <summary>A disc before a plain ground, in colours by the seed: what a model that sees can tell apart. Noise it rightly takes for the same.</summary>
    public static byte[] Disc(int seed, int side = 96)
    {
        (byte Red, byte Green, byte Blue)[] colours = [(220, 40, 40), (40, 90, 220), (250, 210, 70), (60, 160, 70), (245, 245, 245), (120, 60, 160)];
        var (ground, disc) = (colours[seed % colours.Length], colours[(seed + 1) % colours.Length]);
        var pixels = new byte[side * side * 3];
        for (var i = 0; i < side * side; i++)
        {
            var (x, y) = (i % side - side / 2, i / side - side / 2);
            var (red, green, blue) = x * x + y * y < side * side / 9 ? disc : ground;
            (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = (red, green, blue);
        }

        return ImageEncoder.EncodePng(new RgbImage(side, side, pixels));
    }

    public static byte[] Jpeg(int seed, int side = 24)
    {
        var pixels = new byte[side * side * 3];
        new Random(seed).NextBytes(pixels);
        return ImageEncoder.EncodeJpeg(new RgbImage(side, side, pixels));
    }

    /// <summary>A picture of tests/data/images.</summary>
    public static byte[] Fixture(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "data", "images", name));

    /// <summary>A PNG whose header alone is valid, checksum included: it claims to be that large.</summary>
    public static byte[] PngThatClaims(int width, int height)
    {
        var header = new byte[17];
        "IHDR"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(8), height);
        (header[12], header[13]) = (8, 2);
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, .. header, .. Crc(header), 0, 0, 0, 0, .. "IEND"u8, .. Crc("IEND"u8)];
    }

    private static byte[] Crc(ReadOnlySpan<byte> data)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var b in data)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320u);
        }

        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, ~crc);
        return bytes;
    }
}
