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
    public void Read(string field, InlineImage image, Span<float> pixels)
    {
        try
        {
            ImageDecoder.DecodeNormalized(image.Data.Span, limits, config.VitImageSize, mean, std, pixels, mode);
        }
        catch (ImageException e)
        {
            throw new DocumentRejectedException($"{field}.data", e.Problem, e.Fix, e);
        }
    }
}
