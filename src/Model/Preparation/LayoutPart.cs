using UnifiedVlm.Documents;

namespace UnifiedVlm.Model.Preparation;

/// <summary>A part as the layouts take it, wherever it comes from: words, or a picture. Documents and training samples both become these.</summary>
/// <param name="Field">The part's place in the document, for messages.</param>
/// <param name="Text">The words; null for a picture.</param>
/// <param name="Picture">The picture; null for words.</param>
internal readonly record struct LayoutPart(string Field, string? Text, PictureInput? Picture)
{
    /// <exception cref="DocumentRejectedException">A part is neither text nor a picture in memory; names it.</exception>
    public static LayoutPart From(DocumentPart part, string field) => part switch
    {
        TextPart text => new LayoutPart(field, text.Text, null),
        ImagePart image => new LayoutPart(field, null, new EncodedPicture(ImageSources.Inline(field, image))),
        _ => throw new DocumentRejectedException(field, "is neither text nor picture", "Send parts of type text or image."),
    };
}
