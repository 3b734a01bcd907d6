using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using UnifiedVlm.Documents.Importers;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Sources.Folders;

/// <summary>
/// A folder that is watched: everything in it first, then whatever changes, until told to stop. Files are compared by length and time; a run that is
/// begun again reads all of them again and finds stored documents unchanged.
/// </summary>
/// <param name="folder">Its full path, which names the log.</param>
/// <param name="import">How files become documents.</param>
/// <param name="options">How it is watched.</param>
/// <param name="watch">Begins to listen for changes.</param>
/// <param name="onFailure">Told of every file or line that could not be imported; the watch goes on.</param>
/// <param name="stored">The documents that the store has from this log: asked once where those that are gone are to be deleted.</param>
/// <param name="logger">Events 4160 to 4169.</param>
/// <param name="time">The system's clock unless a test brings its own.</param>
public sealed class FolderSource(
    string folder,
    ImportOptions import,
    FolderSourceOptions options,
    Func<string, IFolderChanges> watch,
    Action<ImportFailure> onFailure,
    Func<CancellationToken, Task<IReadOnlyList<LocalDeletion>>> stored,
    ILogger logger,
    TimeProvider? time = null) : LocalSource("folder:" + folder)
{
    private readonly TimeProvider time = time ?? TimeProvider.System;
    private readonly TaskCompletionSource caughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IFolderChanges? told;

    /// <summary>Ends when everything that was there at the beginning has been handed to the pipeline.</summary>
    public Task CaughtUp => caughtUp.Task;

    /// <inheritdoc />
    public override IReadOnlyList<QueueStatus> Queues => [new("changes of " + folder, Volatile.Read(ref told)?.Reader.Count ?? 0, FolderChanges.Capacity)];

    /// <inheritdoc />
    protected override async IAsyncEnumerable<LocalItem> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Listening before looking: nothing can happen unseen in between.
        using var changes = watch(folder);
        var files = new FolderReader(folder, import, options, changes, onFailure, logger, time);
        Volatile.Write(ref told, changes);
        files.LookAtAll();
        var isFirst = true;
        while (true)
        {
            await foreach (var item in files.TakeDueAsync(cancellationToken).ConfigureAwait(false))
                yield return item;
            if (isFirst && files.Settling == 0)
            {
                isFirst = false;
                foreach (var left in options.DeleteMissing ? files.Leftovers(await stored(cancellationToken).ConfigureAwait(false)) : [])
                    yield return new LocalItem(null, Deletion: left);
                FolderLog.Watching(logger, folder);
                caughtUp.TrySetResult();
            }

            await files.WaitAsync(cancellationToken).ConfigureAwait(false);
            HasWaited();
        }
    }
}
