using System.Threading.Channels;
using UnifiedVlm.Streams.Sources.Folders;

namespace UnifiedVlm.Tests.Unit.Streams.Folders;

/// <summary>Changes that a test tells, or loses.</summary>
internal sealed class ListedChanges : IFolderChanges
{
    private readonly Channel<FolderChange> changes = Channel.CreateUnbounded<FolderChange>();
    private bool lost;

    public ChannelReader<FolderChange> Reader => changes.Reader;

    public void Tell(string path, bool isWhole = false) => Assert.True(changes.Writer.TryWrite(new FolderChange(path, isWhole)));

    /// <summary>As the operating system's watcher does it.</summary>
    public void Lose()
    {
        lost = true;
        Tell(".");
    }

    public bool TakeLost() => Interlocked.Exchange(ref lost, false);

    public void Dispose() => changes.Writer.TryComplete();
}
