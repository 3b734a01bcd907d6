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

    /// <summary>UTF-16 code units; keeps the primary key far below what a B-tree page of PostgreSQL takes.</summary>
    public int MaxIdLength { get; init; } = 512;

    /// <summary>UTF-16 code units of the title.</summary>
    public int MaxTitleLength { get; init; } = 2048;

    /// <summary>UTF-16 code units of one picture's alternative text.</summary>
    public int MaxAltLength { get; init; } = 16384;

    /// <summary>Bytes of <c>metadata</c> as it was sent.</summary>
    public int MaxMetadataBytes { get; init; } = 256 << 10;

    /// <summary>Open objects and arrays at the deepest place; the document itself is 1.</summary>
    public int MaxJsonDepth { get; init; } = 32;
}
