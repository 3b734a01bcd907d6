namespace UnifiedVlm.Documents.Importers;

/// <summary>How pages become documents.</summary>
public sealed record ImportOptions
{
    public static ImportOptions Default { get; } = new();

    public DocumentLimits Limits { get; init; } = DocumentLimits.Default;

    public string Tenant { get; init; } = InterleavedDocument.DefaultTenant;

    public string Collection { get; init; } = InterleavedDocument.DefaultCollection;

    /// <summary>For pages that don't name theirs.</summary>
    public string? Language { get; init; }

    /// <summary>Stands before the relative path in every id made from one.</summary>
    public string IdPrefix { get; init; } = "";

    /// <summary>The version is the file's modification time in microseconds; otherwise the source's position takes its place. A page doesn't come then as long as one of its pictures can't be read.</summary>
    public bool VersionFromFileTime { get; init; }

    /// <summary>Documents carry the content of their pictures; otherwise they name the files.</summary>
    public bool InlinePictures { get; init; } = true;

    /// <summary>JSON documents may name pictures by blob, for who has a store to read them from.</summary>
    public bool AllowBlobs { get; init; }

    /// <summary>JSON documents may name pictures by address, for who fetches them.</summary>
    public bool AllowUrls { get; init; }

    /// <summary>Remember which files show which pictures, for <see cref="CorpusImporter.FilesShowing"/>.</summary>
    public bool TrackPictures { get; init; }

    /// <summary>Told of every page that has neither words nor pictures, relative to the root: it is no document and no failure.</summary>
    public Action<string>? OnEmptyPage { get; init; }

    /// <summary>UTF-16 code units: paragraphs are gathered into one text part up to about this length. Headings and pictures end a part early.</summary>
    public int TargetTextLength { get; init; } = 1000;

    /// <summary>Pixels: a picture whose longer side is shorter is an icon.</summary>
    public int MinPictureSide { get; init; } = 49;

    /// <summary>Pixels: the same for a picture that has a caption.</summary>
    public int MinCaptionedSide { get; init; } = 17;

    /// <summary>A picture on more pages than this is decoration or a placeholder.</summary>
    public int MaxPictureRepeats { get; init; } = 20;
}
