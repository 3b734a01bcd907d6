using UnifiedVlm.Documents;

namespace UnifiedVlm.Streams.Pipeline;

/// <summary>The parts of one document while its pictures come in, within the limit on the whole.</summary>
internal sealed class PictureParts
{
    private readonly InterleavedDocument document;
    private readonly DocumentLimits limits;
    private readonly DocumentPart[] parts;
    private readonly long inline;

    public PictureParts(InterleavedDocument document, DocumentLimits limits)
    {
        this.document = document;
        this.limits = limits;
        parts = [.. document.Parts];
        inline = parts.Sum(static part => part is ImagePart { Source: InlineImage image } ? (long)image.Data.Length : 0);
    }

    /// <summary>Bytes of the pictures that were not there at the beginning, each as often as it occurs.</summary>
    public long Added { get; private set; }

    /// <summary>Pictures that are still to come.</summary>
    public IEnumerable<(int Index, T Source)> Sources<T>()
        where T : ImageSource
    {
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i] is ImagePart { Source: T source })
                yield return (i, source);
        }
    }

    /// <summary>Counts a picture, before it is put into its place.</summary>
    /// <exception cref="DocumentRejectedException">With it the document is too large.</exception>
    public void Expect(int index, long bytes)
    {
        Added += bytes;
        if (inline + Added > limits.MaxDocumentBytes)
        {
            throw new DocumentRejectedException(
                $"parts[{index}]", $"brings the document over the limit of {limits.MaxDocumentBytes} bytes", "Split the document or scale its pictures down.");
        }
    }

    public void Put(int index, InlineImage image) => parts[index] = ((ImagePart)parts[index]) with { Source = image };

    public InterleavedDocument ToDocument() => document with { Parts = parts };
}
