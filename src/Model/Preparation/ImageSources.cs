using UnifiedVlm.Documents;

namespace UnifiedVlm.Model.Preparation;

internal static class ImageSources
{
    /// <summary>Nothing is fetched here: what is no file in memory must have been resolved by the source it came from.</summary>
    /// <exception cref="DocumentRejectedException">The picture is a path or an address.</exception>
    public static InlineImage Inline(string field, ImagePart part) => part.Source switch
    {
        InlineImage image => image,
        FileImage => throw new DocumentRejectedException($"{field}.path", "the picture has not been read from its file", "Send the picture's bytes as data, or use a local source."),
        BlobImage => throw new DocumentRejectedException($"{field}.blob", "the picture has not been read from the store", "Send the picture's bytes as data, or to a node."),
        UrlImage => throw new DocumentRejectedException($"{field}.url", "the picture has not been fetched", "Send the picture's bytes as data, or switch fetching on."),
        _ => throw new DocumentRejectedException(field, $"a source of type {part.Source.GetType().Name} is unknown", "Send the picture's bytes as data."),
    };
}
