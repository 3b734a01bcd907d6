using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Torch.Imaging;

namespace UnifiedVlm.Server.Hosting;

/// <summary>
/// Refuses a document whose pictures would take more memory than there is for one, before any is decoded, and lets only one document at a time decode
/// what takes much. Thread-safe.
/// </summary>
/// <param name="pictureBytes">What one picture takes once decoded.</param>
/// <param name="maxPixelBytes">What all pictures of a document may take once decoded.</param>
/// <param name="maxDecodeBytes">What decoding a picture may take beside its result: progressive, interlaced and WebP files are held whole.</param>
internal sealed class BoundedPreparer(IDocumentPreparer preparer, long pictureBytes, long maxPixelBytes, long maxDecodeBytes) : IDocumentPreparer, IDisposable
{
    /// <summary>Of what takes less, as many are decoded at a time as there are threads that prepare.</summary>
    private const long Light = 4L << 20;

    private readonly SemaphoreSlim heavy = new(1);

    /// <inheritdoc/>
    public PreparedDocument Prepare(InterleavedDocument document, CancellationToken cancellationToken)
    {
        if (Check(document) <= Light)
            return preparer.Prepare(document, cancellationToken);
        heavy.Wait(cancellationToken);
        try
        {
            return preparer.Prepare(document, cancellationToken);
        }
        finally
        {
            heavy.Release();
        }
    }

    public void Dispose() => heavy.Dispose();

    /// <returns>What decoding the heaviest picture takes.</returns>
    private long Check(InterleavedDocument document)
    {
        long pixels = 0, heaviest = 0;
        for (var i = 0; i < document.Parts.Count; i++)
        {
            if (document.Parts[i] is not ImagePart { Source: InlineImage image })
                continue;
            pixels += pictureBytes;
            if (pixels > maxPixelBytes)
            {
                throw new DocumentRejectedException(
                    "parts", $"has more pictures than the node's memory limit allows, which is {maxPixelBytes / pictureBytes}", "Split the document, or raise --memory-mb.");
            }

            var decoding = DecodeBytes(image);
            if (decoding > maxDecodeBytes)
            {
                throw new DocumentRejectedException(
                    $"parts[{i}].data", $"takes {decoding >> 20} MB to decode, and the node's memory limit allows {maxDecodeBytes >> 20}",
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
