using System.ComponentModel;
using System.Runtime.InteropServices;

namespace UnifiedVlm.Model.Checkpoints;

/// <summary>Replaces a file as a whole: after a crash at any moment the old content or the new one is there, never a mixture.</summary>
public static partial class AtomicFile
{
    /// <summary>Writes beside the target, forces the bytes to disk, then renames over it and forces the folder's entry too.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        var target = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(target)!;
        var temporary = Path.Combine(folder, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        FlushFolder(folder);
    }

    /// <summary>The same for text, in UTF-8.</summary>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>Removes what a kill has left of files that were being written into this folder. Nobody else may be writing into it.</summary>
    public static void RemoveLeftovers(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, ".*.tmp"))
        {
            if (Guid.TryParseExact(Path.GetExtension(Path.GetFileNameWithoutExtension(file)).TrimStart('.'), "N", out _))
                File.Delete(file);
        }
    }

    // .NET opens no folders, and without this the rename itself may be lost with the power.
    private static void FlushFolder(string folder)
    {
        const int ReadOnly = 0;
        var descriptor = Open(folder, ReadOnly);
        if (descriptor < 0)
            throw new IOException($"{folder}: can't be opened to be flushed.", new Win32Exception(Marshal.GetLastPInvokeError()));
        try
        {
            if (Sync(descriptor) != 0)
                throw new IOException($"{folder}: can't be flushed.", new Win32Exception(Marshal.GetLastPInvokeError()));
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
