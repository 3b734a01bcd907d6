namespace UnifiedVlm.Torch.Imaging;

/// <summary>Told by the file's first bytes, never by a name or a media type.</summary>
public enum ImageFormat
{
    Unknown = 0,
    Jpeg = 1,
    Png = 2,
    WebP = 3,
}
