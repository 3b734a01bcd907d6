using UnifiedVlm.Documents;

namespace UnifiedVlm.Model.Preparation;

/// <summary>A picture on its way into a window.</summary>
internal abstract record PictureInput;

/// <summary>A file of JPEG, PNG or WebP, still to be decoded and resized.</summary>
internal sealed record EncodedPicture(InlineImage Image) : PictureInput;

/// <summary>Pixels that have the model's size already.</summary>
/// <param name="Side">S.</param>
/// <param name="Rgb">[S,S,3] in 0..255.</param>
internal sealed record RawPicture(int Side, ReadOnlyMemory<byte> Rgb) : PictureInput;
