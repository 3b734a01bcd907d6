using static UnifiedVlm.Torch.Imaging.ImageNative;

namespace UnifiedVlm.Torch.Imaging;

/// <summary>
/// JPEG (baseline, progressive, grey, CMYK), PNG (every kind; 16 bits become 8; of an animated one its still picture) and WebP (lossy,
/// lossless) to pixels. Colour profiles are ignored, the EXIF orientation is applied, transparent pixels are laid over white. Thread-safe.
/// </summary>
/// <remarks>
/// Every method throws <see cref="ImageException"/> for a picture that is refused; limits are checked on the header, before decoding.
/// </remarks>
public static class ImageDecoder
{
    /// <summary>The largest side of a square <see cref="DecodeNormalized"/> fills.</summary>
    public const int MaxTargetSize = 8192;

    /// <summary>Reads the header alone. A file that passes can still turn out truncated or corrupt.</summary>
    public static unsafe ImageInfo Probe(ReadOnlySpan<byte> data, ImageLimits limits)
    {
        var native = ToNative(limits);
        Info info;
        Error error;
        fixed (byte* bytes = data)
            ThrowIfFailed(uvlm_image_probe(bytes, data.Length, &native, &info, &error), error);
        return info.ToImageInfo();
    }

    /// <summary>
    /// Decodes and resizes to a square in one pass, (value / 255 - mean) / std. The filter is a triangle as wide as the shrinking (antialiased
    /// bilinear, as in Pillow and torchvision), computed on floats; a JPEG much larger than the square is shrunk while it is decoded.
    /// </summary>
    /// <param name="size">S, the side of the square.</param>
    /// <param name="mean">Per channel, in 0 to 1.</param>
    /// <param name="std">Per channel, above 0.</param>
    /// <param name="destination">[3, S, S]; its content is undefined after an exception.</param>
    public static unsafe ImageInfo DecodeNormalized(
        ReadOnlySpan<byte> data, ImageLimits limits, int size, ReadOnlySpan<float> mean, ReadOnlySpan<float> std, Span<float> destination,
        ResizeMode mode = ResizeMode.Squash)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, MaxTargetSize);
        if (mode is not (ResizeMode.Squash or ResizeMode.Letterbox))
            throw new ArgumentOutOfRangeException(nameof(mode), mode, "is not a known mode");
        CheckChannels(mean, nameof(mean));
        CheckChannels(std, nameof(std));
        foreach (var value in std)
        {
            if (!(value > 0))
                throw new ArgumentOutOfRangeException(nameof(std), value, "must be above 0");
        }

        if (destination.Length != 3 * size * size)
        {
            throw new ArgumentException(
                $"holds {destination.Length} values; a picture of side {size} has {3 * size * size}", nameof(destination));
        }

        var native = ToNative(limits);
        Info info;
        Error error;
        fixed (byte* bytes = data)
        fixed (float* means = mean, deviations = std, pixels = destination)
        {
            var status = uvlm_image_decode_normalized(bytes, data.Length, &native, size, mode, means, deviations, pixels, &info, &error);
            ThrowIfFailed(status, error);
        }

        return info.ToImageInfo();
    }

    /// <summary>Decodes to eight-bit pixels as displayed.</summary>
    public static unsafe RgbImage DecodeRgb(ReadOnlySpan<byte> data, ImageLimits limits)
    {
        var info = Probe(data, limits);
        var pixels = new byte[checked(3 * info.Width * info.Height)];

        var native = ToNative(limits);
        Error error;
        fixed (byte* bytes = data, target = pixels)
            ThrowIfFailed(uvlm_image_decode_rgb(bytes, data.Length, &native, info.Width, info.Height, target, &error), error);
        return new RgbImage(info.Width, info.Height, pixels);
    }

    private static Limits ToNative(ImageLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return new Limits { MaxBytes = limits.MaxBytes, MaxPixels = limits.MaxPixels, MaxSide = limits.MaxSide };
    }

    private static void CheckChannels(ReadOnlySpan<float> values, string name)
    {
        if (values.Length != 3)
            throw new ArgumentException($"holds {values.Length} values; needs one for red, green and blue", name);
    }
}
