namespace UnifiedVlm.Streams.Sources.Folders;

/// <summary>How a folder is watched.</summary>
public sealed record FolderSourceOptions
{
    /// <summary>A file has to stand still for so long before it is read, unless it was moved into its place.</summary>
    public TimeSpan SettleInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>All of the folder is looked at so often, for what the operating system did not tell.</summary>
    public TimeSpan RescanInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Delete the documents of files that are gone, and those that a file no longer holds.</summary>
    public bool DeleteMissing { get; init; }
}
