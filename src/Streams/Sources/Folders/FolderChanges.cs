using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Streams.Sources.Folders;

/// <summary>The operating system's word on a folder and everything below it.</summary>
public sealed class FolderChanges : IFolderChanges
{
    /// <summary>Changes that wait to be looked at; beyond them some are lost.</summary>
    public const int Capacity = 8192;

    private readonly Channel<FolderChange> changes = Channel.CreateBounded<FolderChange>(Capacity);
    private readonly FileSystemWatcher watcher;
    private readonly string root;
    private readonly ILogger logger;
    private int lost;

    /// <param name="logger">Events 4160 to 4169.</param>
    public FolderChanges(string folder, ILogger logger)
    {
        root = folder;
        this.logger = logger;
        watcher = new FileSystemWatcher(folder)
        {
            IncludeSubdirectories = true,
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size,
            InternalBufferSize = 64 << 10,
        };
        watcher.Created += (_, change) => Add(change.FullPath);
        watcher.Changed += (_, change) => Add(change.FullPath);
        watcher.Deleted += (_, change) => Add(change.FullPath);
        watcher.Renamed += (_, change) =>
        {
            Add(change.OldFullPath);
            Add(change.FullPath, isWhole: true);
        };
        watcher.Error += (_, error) => Fail(error.GetException());
        try
        {
            watcher.EnableRaisingEvents = true;
        }
        catch (IOException error)
        {
            // The system's limit of watches: what is left is looking at everything now and then.
            Fail(error);
        }
    }

    public ChannelReader<FolderChange> Reader => changes.Reader;

    public bool TakeLost() => Interlocked.Exchange(ref lost, 0) != 0;

    public void Dispose() => watcher.Dispose();

    private void Add(string path, bool isWhole = false)
    {
        if (!changes.Writer.TryWrite(new FolderChange(Path.GetRelativePath(root, path).Replace('\\', '/'), isWhole)))
            Volatile.Write(ref lost, 1);
    }

    private void Fail(Exception error)
    {
        FolderLog.ChangesLost(logger, root, error.Message);
        Volatile.Write(ref lost, 1);
        // Wakes the reader, which asks whether something was lost; a full channel wakes it anyway.
        changes.Writer.TryWrite(new FolderChange("."));
    }
}
