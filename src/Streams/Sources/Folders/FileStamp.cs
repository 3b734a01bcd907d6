namespace UnifiedVlm.Streams.Sources.Folders;

/// <summary>What tells one state of a file from another.</summary>
internal readonly record struct FileStamp(long Length, DateTimeOffset WrittenAt)
{
    /// <returns>Null: there is no such file, or it is a link.</returns>
    public static FileStamp? Of(string path)
    {
        var file = new FileInfo(path);
        return file.Exists && !file.Attributes.HasFlag(FileAttributes.ReparsePoint) ? new FileStamp(file.Length, file.LastWriteTimeUtc) : null;
    }
}
