namespace UnifiedVlm.Documents.Images;

/// <summary>The path behind every link, as realpath(3) gives it; components that don't exist are kept.</summary>
internal static class RealPath
{
    private const int MaxLinks = 40;

    /// <param name="path">Absolute.</param>
    /// <exception cref="IOException">Links lead in a circle, or a folder can't be read.</exception>
    public static string Of(string path)
    {
        var pending = new Stack<string>();
        Push(pending, path);
        var real = "/";
        var links = 0;
        while (pending.TryPop(out var name))
        {
            // No link is left in 'real', so its parent by text is its parent on disk.
            var next = name == ".." ? Path.GetDirectoryName(real) ?? "/" : Path.Combine(real, name);
            if (name == ".." || new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }

            if (++links > MaxLinks)
                throw new IOException($"Too many links in {path}.");
            Push(pending, target);
            if (Path.IsPathRooted(target))
                real = "/";
        }

        return real;
    }

    private static void Push(Stack<string> pending, string path)
    {
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
        {
            if (name != ".")
                pending.Push(name);
        }
    }
}
