namespace UnifiedVlm.Documents.Images;

/// <summary>The picture formats that are taken.</summary>
public enum ImageFormat : byte
{
    Jpeg,
    Png,
    WebP,
}
