namespace UnifiedVlm.Torch.Imaging;

/// <summary>Why a picture is refused. All are final: the same bytes will be refused again.</summary>
public enum ImageError
{
    /// <summary>Not JPEG, PNG or WebP, or a kind of them that is not read (arithmetic coding, 12 bits).</summary>
    UnsupportedFormat = 1,

    /// <summary>Beyond a limit, which <see cref="ImageException.Limit"/> names.</summary>
    TooLarge = 2,

    /// <summary>The file stops before the picture does.</summary>
    Truncated = 3,

    /// <summary>The file contradicts its format.</summary>
    Corrupt = 4,
}
