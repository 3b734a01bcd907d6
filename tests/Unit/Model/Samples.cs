using UnifiedVlm.Documents;
using UnifiedVlm.Torch.Imaging;

namespace UnifiedVlm.Tests.Unit.Model;

/// <summary>Documents for tests.</summary>
internal static class Samples
{
    public static InterleavedDocument Document(params DocumentPart[] parts) => new() { Id = "d", Parts = parts };

    public static TextPart Text(string text) => new(text);

    /// <summary>A picture with a pattern that depends on the seed.</summary>
    public static ImagePart Picture(int seed)
    {
        const int Side = 16;
        var pixels = new byte[3 * Side * Side];
        new Random(seed).NextBytes(pixels);
        return new ImagePart(new InlineImage(ImageEncoder.EncodePng(new RgbImage(Side, Side, pixels))));
    }
}
