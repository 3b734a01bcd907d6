namespace UnifiedVlm.Streams.Sources.Folders;

/// <summary>Something has happened to a file or a folder.</summary>
/// <param name="Path">Relative to the watched folder, parted by slashes.</param>
/// <param name="IsWhole">It was moved there: what it holds was written elsewhere, and is complete.</param>
public readonly record struct FolderChange(string Path, bool IsWhole = false);
