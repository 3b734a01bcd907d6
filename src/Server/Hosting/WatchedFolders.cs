using UnifiedVlm.Documents.Importers;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Streams.Sources.Folders;

namespace UnifiedVlm.Server.Hosting;

/// <summary>The folders a node watches.</summary>
/// <param name="Folders">Full paths.</param>
internal sealed record WatchedFolders(IReadOnlyList<string> Folders, FolderSourceOptions Options)
{
    public static WatchedFolders None { get; } = new([], new FolderSourceOptions());

    /// <param name="fetchesUrls">Documents may name pictures by address.</param>
    /// <param name="onFailure">Told of the folder and every file or line that could not be imported.</param>
    /// <param name="onEmptyPage">Told of the folder and every page that has nothing to import.</param>
    public IEnumerable<FolderSource> Open(Node node, string collection, bool fetchesUrls, Action<string, ImportFailure> onFailure, Action<string, string> onEmptyPage)
    {
        var logger = node.Loggers.CreateLogger<FolderSource>();
        return Folders.Select(folder => new FolderSource(
            folder,
            new ImportOptions
            {
                Collection = collection,
                Limits = node.Options.Limits,
                AllowBlobs = true,
                AllowUrls = fetchesUrls,
                OnEmptyPage = file => onEmptyPage(folder, file),
            },
            Options,
            watched => new FolderChanges(watched, logger),
            failure => onFailure(folder, failure),
            token => StoredAsync(node, "folder:" + folder, token),
            logger));
    }

    private static async Task<IReadOnlyList<LocalDeletion>> StoredAsync(Node node, string topic, CancellationToken cancellationToken)
        => [.. (await node.Store.Versions.ListLogAsync(LocalSource.LocalLog, topic, cancellationToken)).Select(static d => new LocalDeletion(
            d.Tenant, d.Id, d.Version.Rule == DocumentVersion.ExplicitRule ? d.Version.Value : null))];
}
