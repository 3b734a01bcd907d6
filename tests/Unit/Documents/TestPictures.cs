using System.Buffers.Binary;

namespace UnifiedVlm.Tests.Unit.Documents;

/// <summary>Files that carry a picture's header and nothing that could be decoded: all that this layer looks at.</summary>
internal static class TestPictures
{
    public static byte[] Png(int width, int height, int seed = 0)
    {
        var file = new byte[64];
        ((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]).CopyTo(file);
        "IHDR"u8.CopyTo(file.AsSpan(12));
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(20), height);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(60), seed);
        return file;
    }

    public static byte[] Jpeg(int width, int height)
    {
        byte[] file = [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xFF, 0xC2, 0, 11, 8, 0, 0, 0, 0, 3, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(14), (ushort)height);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(16), (ushort)width);
        return file;
    }

    /// <summary>The three kinds of WebP: VP8 (lossy), VP8L (lossless), VP8X (extended).</summary>
    public static byte[] WebP(string kind, int width, int height)
    {
        var file = new byte[32];
        "RIFF"u8.CopyTo(file);
        "WEBP"u8.CopyTo(file.AsSpan(8));
        System.Text.Encoding.ASCII.GetBytes(kind.PadRight(4)).CopyTo(file, 12);
        switch (kind)
        {
            case "VP8":
                BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(26), (ushort)width);
                BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(28), (ushort)height);
                break;
            case "VP8L":
                file[20] = 0x2F;
                BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(21), (uint)((width - 1) | ((height - 1) << 14)));
                break;
            default:
                BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(24), (uint)(width - 1));
                BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(27), (uint)(height - 1));
                break;
        }

        return file;
    }

    public static string Base64(byte[] file) => Convert.ToBase64String(file);
}
