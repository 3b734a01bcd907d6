namespace UnifiedVlm.Documents;

/// <summary>How documents of one source are read.</summary>
public sealed record DocumentReadOptions
{
    public static DocumentReadOptions Default { get; } = new();

    public DocumentLimits Limits { get; init; } = DocumentLimits.Default;

    /// <summary>Pictures by <c>path</c>: for local sources only, because a path says nothing on another machine and may name anything on this one.</summary>
    public bool AllowFilePaths { get; init; }

    /// <summary>Pictures by <c>blob</c>: only where there is a store to read them from.</summary>
    public bool AllowBlobs { get; init; }

    /// <summary>Pictures by <c>url</c>: off, because fetching what a sender names reaches into the operator's network.</summary>
    public bool AllowUrls { get; init; }

    /// <summary>The tenant of documents, deletes and tombstones that name none.</summary>
    public string DefaultTenant { get; init; } = InterleavedDocument.DefaultTenant;

    /// <summary>The collection of documents that name none.</summary>
    public string DefaultCollection { get; init; } = InterleavedDocument.DefaultCollection;
}
