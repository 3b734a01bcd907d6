namespace UnifiedVlm.Streams.Sources.Folders;

/// <summary>What tells one state of a file from another.</summary>
internal readonly record struct FileStamp(long Length, DateTimeOffset WrittenAt)
{
    /// <returns>Null: there is no such file, or it is a link.</returns>
    /// <exception cref="IOException">It can't be looked at.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static FileStamp? Of(string path)
    {
        var file = new FileInfo(path);
        // First, for what it throws: that it can't be looked at is no news to Exists, which says no.
        var attributes = file.Attributes;
        return file.Exists && !attributes.HasFlag(FileAttributes.ReparsePoint) ? new FileStamp(file.Length, file.LastWriteTimeUtc) : null;
    }
}
