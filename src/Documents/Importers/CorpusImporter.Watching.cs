namespace UnifiedVlm.Documents.Importers;

/// <summary>What a folder that changes needs: its files one by one, and who shows a picture.</summary>
public sealed partial class CorpusImporter
{
    private static readonly string[] PictureExtensions = [".png", ".jpg", ".jpeg", ".webp"];

    /// <summary>One folder at a time, so that one that can't be read hides nothing but itself.</summary>
    private static readonly EnumerationOptions Entries = new()
    {
        AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden,
        IgnoreInaccessible = false,
    };

    private readonly Dictionary<string, HashSet<string>> filesByPicture = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> picturesByFile = new(StringComparer.Ordinal);

    /// <summary>Whether a file of this name is imported.</summary>
    public static bool IsDocument(string path) => KindOf(path) != FileKind.Other;

    /// <summary>Whether a file of this name may be shown by documents.</summary>
    public static bool IsPicture(string path) => PictureExtensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Relative paths of all files below a folder, in ordinal order. Links and hidden files are passed over; a folder in it that can't be read is told of, and what lies
    /// beside it is found.
    /// </summary>
    /// <param name="folder">Relative to the root; empty for all of it.</param>
    /// <exception cref="IOException">The folder can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public IReadOnlyList<string> Find(string folder)
    {
        var files = new List<string>();
        var folders = new Stack<string>([folder]);
        while (folders.TryPop(out var next))
        {
            try
            {
                foreach (var entry in new DirectoryInfo(Full(next)).EnumerateFileSystemInfos("*", Entries))
                {
                    var path = next.Length == 0 ? entry.Name : $"{next}/{entry.Name}";
                    if (entry is DirectoryInfo)
                        folders.Push(path);
                    else if (IsDocument(path) || IsPicture(path))
                        files.Add(path);
                }
            }
            catch (DirectoryNotFoundException) when (next != folder)
            {
                // Gone since it was listed.
            }
            catch (Exception error) when (next != folder && error is IOException or UnauthorizedAccessException)
            {
                Fail(next, null, error);
            }
        }

        files.Sort(StringComparer.Ordinal);
        return files;
    }

    /// <summary>The files that show a picture, as far as they were surveyed or imported with <see cref="ImportOptions.TrackPictures"/>.</summary>
    public IReadOnlyCollection<string> FilesShowing(string picture) => [.. filesByPicture.GetValueOrDefault(picture, [])];

    /// <summary>The picture has changed: it is read again with the next file that shows it.</summary>
    public void ForgetPicture(string picture) => catalog.Forget(picture);

    /// <summary>The file is gone: what it showed no longer counts.</summary>
    public void ForgetFile(string file)
    {
        ForgetShown(file);
        catalog.CountPage(file, []);
    }

    private void NoteShown(string file, IEnumerable<string> shown)
    {
        if (!options.TrackPictures)
            return;
        foreach (var picture in shown.Select(path => Path.GetRelativePath(root, Path.GetFullPath(path, root)).Replace('\\', '/')))
        {
            Entry(picturesByFile, file).Add(picture);
            Entry(filesByPicture, picture).Add(file);
        }
    }

    private void ForgetShown(string file)
    {
        if (!picturesByFile.Remove(file, out var shown))
            return;
        foreach (var picture in shown)
        {
            filesByPicture[picture].Remove(file);
            if (filesByPicture[picture].Count == 0)
                filesByPicture.Remove(picture);
        }
    }

    private static HashSet<string> Entry(Dictionary<string, HashSet<string>> map, string key)
    {
        if (!map.TryGetValue(key, out var entry))
            map[key] = entry = new HashSet<string>(StringComparer.Ordinal);
        return entry;
    }
}
