using UnifiedVlm.Documents;

namespace UnifiedVlm.Model.Preparation;

/// <summary>A file of JPEG, PNG or WebP, still to be decoded and resized.</summary>
internal sealed record EncodedPicture(InlineImage Image) : PictureInput;
