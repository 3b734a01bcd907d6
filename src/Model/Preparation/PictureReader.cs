using UnifiedVlm.Documents;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Torch.Imaging;

namespace UnifiedVlm.Model.Preparation;

/// <summary>Decodes encoded pictures to what the vision encoder takes. Thread-safe.</summary>
internal sealed class PictureReader(ModelConfig config, PreparationSettings settings, ImageLimits limits)
{
    private readonly float[] mean = [.. settings.ImageMean];
    private readonly float[] std = [.. settings.ImageStd];
    private readonly ResizeMode mode = settings.ImageResize == PictureResize.Letterbox ? ResizeMode.Letterbox : ResizeMode.Squash;

    /// <summary>Decodes, resizes and normalises one picture.</summary>
    /// <param name="field">The picture's place in the document.</param>
    /// <param name="pixels">Filled with [3,S,S].</param>
    /// <exception cref="DocumentRejectedException">The bytes are no JPEG, PNG or WebP file, damaged, or beyond the limits.</exception>
    /// <exception cref="ArgumentException">Raw pixels are of another size than the model's.</exception>
    public void Read(string field, PictureInput picture, Span<float> pixels)
    {
        if (picture is EncodedPicture encoded)
            Decode(field, encoded.Image, pixels);
        else
            Normalise((RawPicture)picture, pixels);
    }

    private void Decode(string field, InlineImage image, Span<float> pixels)
    {
        try
        {
            ImageDecoder.DecodeNormalized(image.Data.Span, limits, config.VitImageSize, mean, std, pixels, mode);
        }
        catch (ImageException e)
        {
            throw new DocumentRejectedException($"{field}.{image.Field}", e.Problem, e.Fix, e);
        }
    }

    /// <summary>[S,S,3] of bytes -> [3,S,S], by the same formula as the decoder's.</summary>
    private void Normalise(RawPicture picture, Span<float> pixels)
    {
        var plane = config.VitImageSize * config.VitImageSize;
        if (picture.Side != config.VitImageSize || picture.Rgb.Length != 3 * plane)
            throw new ArgumentException($"The picture has side {picture.Side} and {picture.Rgb.Length} bytes; the model takes side {config.VitImageSize}.", nameof(picture));
        Span<float> table = stackalloc float[256];
        for (var channel = 0; channel < 3; channel++)
        {
            for (var value = 0; value < table.Length; value++)
                table[value] = (value / 255f - mean[channel]) / std[channel];
            var source = picture.Rgb.Span[channel..];
            var target = pixels.Slice(channel * plane, plane);
            for (var i = 0; i < plane; i++)
                target[i] = table[source[3 * i]];
        }
    }
}
