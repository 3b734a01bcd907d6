using static UnifiedVlm.Torch.Imaging.ImageNative;

namespace UnifiedVlm.Torch.Imaging;

/// <summary>Pixels to a file. Thread-safe.</summary>
public static class ImageEncoder
{
    private const int MaxSide = 65500;

    /// <param name="quality">1 to 100.</param>
    /// <exception cref="ArgumentException">The image is empty, too large or its pixels do not fit its size.</exception>
    public static byte[] EncodeJpeg(RgbImage image, int quality = 85)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        return Encode(image, ImageFormat.Jpeg, quality);
    }

    /// <exception cref="ArgumentException">The image is empty, too large or its pixels do not fit its size.</exception>
    public static byte[] EncodePng(RgbImage image) => Encode(image, ImageFormat.Png, 0);

    private static unsafe byte[] Encode(RgbImage image, ImageFormat format, int quality)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Width is < 1 or > MaxSide || image.Height is < 1 or > MaxSide || image.Pixels.Length != 3L * image.Width * image.Height)
        {
            throw new ArgumentException(
                $"{image.Pixels.Length} bytes are not {image.Width} x {image.Height} pixels of at most {MaxSide} a side", nameof(image));
        }

        byte* file = null;
        long size = 0;
        Error error;
        fixed (byte* pixels = image.Pixels)
            ThrowIfFailed(uvlm_image_encode(format, pixels, image.Width, image.Height, quality, &file, &size, &error), error);
        try
        {
            return new ReadOnlySpan<byte>(file, checked((int)size)).ToArray();
        }
        finally
        {
            uvlm_image_free(file);
        }
    }
}
