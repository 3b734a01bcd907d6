using System.Threading.Channels;

namespace UnifiedVlm.Streams.Sources.Folders;

/// <summary>What is told of a folder's changes from the moment this was made. Bounded: what did not fit is lost, and that is told.</summary>
public interface IFolderChanges : IDisposable
{
    ChannelReader<FolderChange> Reader { get; }

    /// <summary>Changes were lost since this was asked last: everything has to be looked at.</summary>
    bool TakeLost();
}
