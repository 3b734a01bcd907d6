namespace UnifiedVlm.Torch.Imaging;

/// <summary>What a picture may cost. Checked on its header, before anything is decoded. Animated WebP is always refused.</summary>
public sealed record ImageLimits
{
    public static ImageLimits Default { get; } = new();

    /// <summary>Bytes of the encoded file.</summary>
    public long MaxBytes { get; init; } = 32L << 20;

    /// <summary>Width times height.</summary>
    public long MaxPixels { get; init; } = 64L << 20;

    /// <summary>The longer side in pixels.</summary>
    public int MaxSide { get; init; } = 16384;
}
