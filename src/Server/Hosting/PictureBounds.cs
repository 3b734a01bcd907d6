using UnifiedVlm.Documents;
using UnifiedVlm.Torch.Imaging;

namespace UnifiedVlm.Server.Hosting;

/// <summary>
/// What pictures may take on a node with a memory limit, whoever has them decoded: refuses them before any is decoded, and lets only one at a time decode what
/// takes much. Thread-safe.
/// </summary>
/// <param name="pictureBytes">What one picture takes once decoded.</param>
/// <param name="maxPixelBytes">What all pictures that are decoded together may take once decoded.</param>
/// <param name="maxDecodeBytes">What decoding a picture may take beside its result: progressive, interlaced and WebP files are held whole.</param>
internal sealed class PictureBounds(long pictureBytes, long maxPixelBytes, long maxDecodeBytes) : IDisposable
{
    /// <summary>Of what takes less, as many are decoded at a time as there are threads that prepare.</summary>
    private const long Light = 4L << 20;

    private readonly SemaphoreSlim heavy = new(1);

    /// <param name="whole">What all the parts are together, for messages.</param>
    /// <param name="parts">Each with its place in it.</param>
    /// <param name="decode">Decodes them.</param>
    /// <exception cref="DocumentRejectedException">The pictures would take more memory than there is for them.</exception>
    public T Decode<T>(string whole, IEnumerable<(string Field, DocumentPart Part)> parts, Func<T> decode, CancellationToken cancellationToken)
    {
        if (Check(whole, parts) <= Light)
            return decode();
        heavy.Wait(cancellationToken);
        try
        {
            return decode();
        }
        finally
        {
            heavy.Release();
        }
    }

    public void Dispose() => heavy.Dispose();

    /// <returns>What decoding the heaviest picture takes.</returns>
    private long Check(string whole, IEnumerable<(string Field, DocumentPart Part)> parts)
    {
        long pixels = 0, heaviest = 0;
        foreach (var (field, part) in parts)
        {
            if (part is not ImagePart { Source: InlineImage image })
                continue;
            pixels += pictureBytes;
            if (pixels > maxPixelBytes)
            {
                throw new DocumentRejectedException(
                    whole, $"has more pictures than the node's memory limit allows, which is {maxPixelBytes / pictureBytes}", "Split what you send, or raise --memory-mb.");
            }

            var decoding = DecodeBytes(image);
            if (decoding > maxDecodeBytes)
            {
                throw new DocumentRejectedException(
                    $"{field}.{image.Field}", $"takes {decoding >> 20} MB to decode, and the node's memory limit allows {maxDecodeBytes >> 20}",
                    "Scale the picture down, save it without progression or interlacing, or raise --memory-mb.");
            }

            heaviest = Math.Max(heaviest, decoding);
        }

        return heaviest;
    }

    /// <summary>What is wrong with a picture is for the decoder to say, which names the field.</summary>
    private static long DecodeBytes(InlineImage image)
    {
        try
        {
            return ImageDecoder.Probe(image.Data.Span, ImageLimits.Default).DecodeBytes;
        }
        catch (ImageException)
        {
            return 0;
        }
    }
}
