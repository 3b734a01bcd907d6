namespace UnifiedVlm.Training;

/// <summary>Replaces a folder: it is written under another name and put in place as a whole.</summary>
internal static class FolderSwap
{
    /// <param name="write">Writes the new content into the folder it is given.</param>
    public static void Write(string folder, Action<string> write)
    {
        var (next, previous) = Names(folder);
        Recover(folder);
        if (Directory.Exists(next))
            Directory.Delete(next, recursive: true);
        write(next);
        if (Directory.Exists(folder))
            Directory.Move(folder, previous);
        Directory.Move(next, folder);
        if (Directory.Exists(previous))
            Directory.Delete(previous, recursive: true);
    }

    /// <summary>Undoes or ends a replacement that a kill cut off.</summary>
    public static void Recover(string folder)
    {
        var (_, previous) = Names(folder);
        if (!Directory.Exists(previous))
            return;
        if (Directory.Exists(folder))
            Directory.Delete(previous, recursive: true);
        else
            Directory.Move(previous, folder);
    }

    /// <summary>Removes the folder and what a replacement that a kill cut off has left of it.</summary>
    public static void Remove(string folder)
    {
        var (next, previous) = Names(folder);
        foreach (var path in new[] { next, previous, folder })
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
        }
    }

    private static (string Next, string Previous) Names(string folder) => (folder + ".next", folder + ".previous");
}
