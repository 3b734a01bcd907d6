using UnifiedVlm.Torch.Imaging;

namespace UnifiedVlm.Server.Cli;

/// <summary>Decodes a picture of each format to pixels: a library that is there but broken shows here, not with the first document.</summary>
internal static class CodecCheck
{
    /// <summary>Red, green; blue, white.</summary>
    private static readonly RgbImage Colours = new(2, 2, [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255]);

    /// <summary>Even, so that JPEG may change it by no more than its rounding.</summary>
    private static readonly RgbImage Grey = new(8, 8, [.. Enumerable.Repeat((byte)100, 3 * 8 * 8)]);

    /// <summary><see cref="Colours"/>, lossless: there is no encoder for it here.</summary>
    private static readonly byte[] WebP = Convert.FromBase64String("UklGRiwAAABXRUJQVlA4TB8AAAAvAUAAAB8gEEjeHzqN+RcQFPwf3fxHZA/gBgwR/Q8BAA==");

    /// <exception cref="InvalidOperationException">A picture came out as another one.</exception>
    /// <exception cref="ImageException">A codec refused its own format.</exception>
    public static string Run()
    {
        Compare("PNG", ImageEncoder.EncodePng(Colours), Colours, tolerance: 0);
        Compare("JPEG", ImageEncoder.EncodeJpeg(Grey), Grey, tolerance: 4);
        Compare("WebP", WebP, Colours, tolerance: 0);
        return "PNG, JPEG and WebP decoded to pixels";
    }

    private static void Compare(string format, byte[] file, RgbImage expected, int tolerance)
    {
        var decoded = ImageDecoder.DecodeRgb(file, ImageLimits.Default);
        if ((decoded.Width, decoded.Height) != (expected.Width, expected.Height) || expected.Pixels.Zip(decoded.Pixels).Any(pair => Math.Abs(pair.First - pair.Second) > tolerance))
            throw new InvalidOperationException($"a {format} came out with other pixels than were put in");
    }
}
