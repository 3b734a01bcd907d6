using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace UnifiedVlm.Documents.Images;

/// <summary>What the first bytes of a picture say. Nothing is decoded.</summary>
public static class ImageHeader
{
    /// <summary>Recognises the format by the magic bytes.</summary>
    public static bool TryDetect(ReadOnlySpan<byte> file, out ImageFormat format)
    {
        format = default;
        if (file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
            format = ImageFormat.Jpeg;
        else if (file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]))
            format = ImageFormat.Png;
        else if (file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8))
            format = ImageFormat.WebP;
        else
            return false;
        return true;
    }

    /// <summary>Reads width and height in pixels without decoding; false when the header is not understood or incomplete.</summary>
    public static bool TryReadSize(ReadOnlySpan<byte> file, out int width, out int height)
    {
        (width, height) = (0, 0);
        return TryDetect(file, out var format) && format switch
        {
            ImageFormat.Png => Png(file, out width, out height),
            ImageFormat.Jpeg => Jpeg(file, out width, out height),
            _ => WebP(file, out width, out height),
        };
    }

    public static string MediaType(ImageFormat format) => format switch
    {
        ImageFormat.Jpeg => "image/jpeg",
        ImageFormat.Png => "image/png",
        _ => "image/webp",
    };

    /// <summary>Reads a media type that is taken; upper case is as good as lower case.</summary>
    public static bool TryParseMediaType([NotNullWhen(true)] string? mediaType, out ImageFormat format)
    {
        foreach (var candidate in (ReadOnlySpan<ImageFormat>)[ImageFormat.Jpeg, ImageFormat.Png, ImageFormat.WebP])
        {
            format = candidate;
            if (string.Equals(MediaType(candidate), mediaType, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        format = default;
        return false;
    }

    /// <summary>Names what the bytes seem to be, for error messages.</summary>
    internal static string Describe(ReadOnlySpan<byte> file) => file switch
    {
        _ when TryDetect(file, out var format) => MediaType(format),
        _ when file.StartsWith("GIF8"u8) => "a GIF file",
        _ when file.StartsWith("BM"u8) => "a BMP file",
        _ when file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8) => "a TIFF file",
        _ when file.StartsWith("%PDF"u8) => "a PDF file",
        _ when file.Length >= 12 && file[4..].StartsWith("ftyp"u8) => "an AVIF, HEIC or MP4 file",
        _ when file.TrimStart("\uFEFF \t\r\n"u8).StartsWith("<"u8) => "an SVG, XML or HTML file",
        _ => "of an unknown format",
    };

    private static bool Png(ReadOnlySpan<byte> file, out int width, out int height)
    {
        (width, height) = (0, 0);
        if (file.Length < 24 || !file[12..].StartsWith("IHDR"u8))
            return false;
        width = BinaryPrimitives.ReadInt32BigEndian(file[16..]);
        height = BinaryPrimitives.ReadInt32BigEndian(file[20..]);
        return width > 0 && height > 0;
    }

    private static bool Jpeg(ReadOnlySpan<byte> file, out int width, out int height)
    {
        (width, height) = (0, 0);
        var at = 2;
        while (at + 9 <= file.Length && file[at] == 0xFF)
        {
            var marker = file[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }

            // SOF0..SOF15 without DHT (C4), JPG (C8) and DAC (CC).
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                height = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 5)..]);
                width = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 7)..]);
                return width > 0 && height > 0;
            }

            var standalone = marker is 0x01 or (>= 0xD0 and <= 0xD8);
            at += standalone ? 2 : 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
        }

        return false;
    }

    private static bool WebP(ReadOnlySpan<byte> file, out int width, out int height)
    {
        (width, height) = (0, 0);
        if (file.Length < 30)
            return false;
        var chunk = file[12..];
        if (chunk.StartsWith("VP8X"u8))
        {
            width = 1 + (file[24] | (file[25] << 8) | (file[26] << 16));
            height = 1 + (file[27] | (file[28] << 8) | (file[29] << 16));
            return true;
        }

        if (chunk.StartsWith("VP8L"u8))
        {
            var bits = BinaryPrimitives.ReadUInt32LittleEndian(file[21..]);
            width = 1 + (int)(bits & 0x3FFF);
            height = 1 + (int)((bits >> 14) & 0x3FFF);
            return file[20] == 0x2F;
        }

        width = BinaryPrimitives.ReadUInt16LittleEndian(file[26..]) & 0x3FFF;
        height = BinaryPrimitives.ReadUInt16LittleEndian(file[28..]) & 0x3FFF;
        return chunk.StartsWith("VP8 "u8) && width > 0 && height > 0;
    }
}
