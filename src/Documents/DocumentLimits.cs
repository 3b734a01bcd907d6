namespace UnifiedVlm.Documents;

/// <summary>What a single document may cost. Everything beyond is refused with the name of the field.</summary>
public sealed record DocumentLimits
{
    public static DocumentLimits Default { get; } = new();

    /// <summary>Bytes of the whole encoded document, pictures included.</summary>
    public long MaxDocumentBytes { get; init; } = 64L << 20;

    /// <summary>UTF-16 code units over all text parts.</summary>
    public int MaxTextLength { get; init; } = 4 << 20;

    public int MaxParts { get; init; } = 4096;

    /// <summary>Bytes of one encoded picture.</summary>
    public int MaxImageBytes { get; init; } = 32 << 20;

    public int MaxIdLength { get; init; } = 512;

    public int MaxJsonDepth { get; init; } = 32;
}
