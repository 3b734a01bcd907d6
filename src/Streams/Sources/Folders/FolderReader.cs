using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;
using UnifiedVlm.Documents.Importers;

namespace UnifiedVlm.Streams.Sources.Folders;

/// <summary>One watch over a folder: what it knows of the files, and what of them is to be read next. For one caller at a time.</summary>
internal sealed class FolderReader
{
    private readonly string root;
    private readonly FolderSourceOptions options;
    private readonly IFolderChanges changes;
    private readonly Action<ImportFailure> onFailure;
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private readonly CorpusImporter importer;
    private readonly ImageFileResolver pictures;
    private readonly SettlingFiles settling;
    private readonly HeldDocuments? held;

    /// <summary>Files as they were when they were last read to the end; the default, like which no file is, where that has not come yet.</summary>
    private readonly Dictionary<string, FileStamp> known = new(StringComparer.Ordinal);

    /// <summary>Files of which not all could be read.</summary>
    private readonly Dictionary<string, Unread> unreadable = new(StringComparer.Ordinal);

    private readonly List<ImportFailure> failures = [];
    private bool anyFailed;
    private long lookedAt;

    public FolderReader(
        string root, ImportOptions import, FolderSourceOptions options, IFolderChanges changes, Action<ImportFailure> onFailure, ILogger logger, TimeProvider time)
    {
        this.root = root;
        this.options = options;
        this.changes = changes;
        this.onFailure = onFailure;
        this.logger = logger;
        this.time = time;
        importer = new CorpusImporter(root, import with { TrackPictures = true }, failures.Add);
        pictures = new ImageFileResolver(root, import.Limits);
        settling = new SettlingFiles(options.SettleInterval, time);
        held = options.DeleteMissing ? new HeldDocuments() : null;
    }

    /// <summary>Files that have changed and are not taken up yet.</summary>
    public int Settling => settling.Count;

    /// <summary>By time that passes: a clock that is set back must not make the watch stand still.</summary>
    private TimeSpan UntilLook => options.RescanInterval - time.GetElapsedTime(lookedAt);

    /// <summary>Compares all files with what is known of them.</summary>
    public void LookAtAll()
    {
        lookedAt = time.GetTimestamp();
        if (!TryFind("", out var found))
            return;
        if (found.Count == 0 && known.Count > 1)
        {
            FolderLog.EmptyOfASudden(logger, root, known.Count);
            return;
        }

        foreach (var file in found)
            Look(file);
        foreach (var file in known.Keys.Except(found).ToList())
            Look(file);
    }

    /// <summary>Waits for a change, for a file to be due or for the time to look at everything, and takes note.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        var left = UntilLook;
        if (settling.NextDue is { } due && due < left)
            left = due;
        if (left > TimeSpan.Zero)
        {
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(changes.Reader.WaitToReadAsync(waiting.Token).AsTask(), Task.Delay(left, time, waiting.Token)).ConfigureAwait(false);
            await waiting.CancelAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }

        while (changes.Reader.TryRead(out var change))
            Take(change);
        if (changes.TakeLost() || UntilLook <= TimeSpan.Zero)
            LookAtAll();
    }

    /// <summary>Takes up what has stood still: pictures before the pages that show them, all pages' pictures before the first page, what is gone last.</summary>
    public async IAsyncEnumerable<LocalItem> TakeDueAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var due = settling.TakeDue(Stamp);
        var files = new SortedDictionary<string, FileStamp>(StringComparer.Ordinal);
        foreach (var (path, stamp) in due)
        {
            if (CorpusImporter.IsPicture(path))
                TakePicture(path, stamp, files);
            else if (stamp is { } present)
                files[path] = present;
        }

        await Task.Run(() => Survey(files.Keys, cancellationToken), cancellationToken).ConfigureAwait(false);
        foreach (var (path, stamp) in files)
        {
            await foreach (var item in ImportAsync(path, stamp, cancellationToken).ConfigureAwait(false))
                yield return item;
        }

        foreach (var (path, stamp) in due)
        {
            if (stamp is not null)
                continue;
            known.Remove(path);
            unreadable.Remove(path);
            if (CorpusImporter.IsPicture(path))
                continue;
            importer.ForgetFile(path);
            foreach (var gone in held?.Keep(path, new HashSet<HeldDocuments.Name>()) ?? [])
                yield return new LocalItem(null, Deletion: gone);
        }
    }

    /// <summary>Documents of files that went while nobody watched.</summary>
    /// <param name="stored">What the store has from this log.</param>
    public IReadOnlyList<LocalDeletion> Leftovers(IReadOnlyList<LocalDeletion> stored)
    {
        LocalDeletion[] left = [.. stored.Where(d => !held!.Holds(d.Tenant, d.Id))];
        if (left.Length == 0)
            return [];
        if (anyFailed)
        {
            FolderLog.KeepsLeftovers(logger, root);
            return [];
        }

        if (known.Count == 0)
        {
            FolderLog.EmptyOfASudden(logger, root, stored.Count);
            return [];
        }

        return [.. left.Select(static d => HeldDocuments.Deletion(d.Tenant, d.Id, d.Version))];
    }

    private void Take(FolderChange change)
    {
        if (change.Path.Split('/').Any(static name => name.StartsWith('.')))
            return;
        var full = Path.Combine(root, change.Path);
        if (CorpusImporter.IsDocument(change.Path) || CorpusImporter.IsPicture(change.Path))
            Look(change.Path, change.IsWhole);
        if (Directory.Exists(full))
        {
            // Its files may have come before anybody listened in it.
            if (TryFind(change.Path, out var found))
            {
                foreach (var file in found)
                    Look(file, change.IsWhole);
            }
        }
        else if (!known.ContainsKey(change.Path) && !File.Exists(full))
        {
            foreach (var file in known.Keys.Where(file => file.StartsWith(change.Path + "/", StringComparison.Ordinal)).ToList())
                Look(file);
        }
    }

    private void Look(string path, bool isWhole = false)
    {
        var stamp = Stamp(path);
        if (stamp == (known.TryGetValue(path, out var before) ? before : null) || IsStillUnreadable(path, stamp))
            return;
        settling.Note(path, stamp, isWhole && stamp is not null);
    }

    private void TakePicture(string path, FileStamp? stamp, SortedDictionary<string, FileStamp> files)
    {
        importer.ForgetPicture(path);
        if (stamp is { } present)
            known[path] = present;
        // Only files that were surveyed before: of the others nobody knows yet what they show.
        foreach (var file in importer.FilesShowing(path))
        {
            if (Stamp(file) is { } shows)
                files[file] = shows;
        }
    }

    private void Survey(IEnumerable<string> files, CancellationToken cancellationToken)
    {
        foreach (var file in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            importer.Survey(file);
        }
    }

    private async IAsyncEnumerable<LocalItem> ImportAsync(string path, FileStamp stamp, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        failures.Clear();
        // Before it holds anything: what comes of it may have to be deleted even if it is never read to the end.
        known.TryAdd(path, default);
        var names = new HashSet<HeldDocuments.Name>();
        using var documents = importer.ImportFile(path, cancellationToken).GetEnumerator();
        while (await Task.Run(documents.MoveNext, cancellationToken).ConfigureAwait(false))
        {
            if (held is not null)
            {
                held.Add(path, documents.Current);
                names.Add(new HeldDocuments.Name(documents.Current.Tenant, documents.Current.Id));
            }

            yield return new LocalItem(null, documents.Current);
        }

        if (Stamp(path) is var after && after != stamp)
        {
            // It went on changing while it was read: what was wrong with it, or missing in it, may not be so any more.
            settling.Note(path, after, atOnce: false);
            yield break;
        }

        anyFailed |= failures.Count > 0;
        var isOfFile = failures.Any(static failure => IsOfFiles(failure.Error));
        HashSet<string> missing = [.. failures.SelectMany(static failure => failure.UnreadablePictures)];
        if (isOfFile || missing.Count > 0)
        {
            // Its length and time won't tell when all of it can be read, so it is known by none; each of its states, and whatever else fails later, is told of once.
            known[path] = default;
            if (!unreadable.TryGetValue(path, out var told) || told.Stamp != stamp || (isOfFile ? told.Missing is not null : told.Missing is null || !missing.IsSubsetOf(told.Missing)))
                Tell();
            unreadable[path] = new Unread(stamp, isOfFile ? null : missing);
            yield break;
        }

        unreadable.Remove(path);
        known[path] = stamp;
        Tell();
        if (failures.Count > 0)
            yield break;
        foreach (var gone in held?.Keep(path, names) ?? [])
            yield return new LocalItem(null, Deletion: gone);
    }

    private void Tell()
    {
        foreach (var failure in failures)
            onFailure(failure);
    }

    /// <summary>What a file is like now. One that can't be looked at is not gone for that: it counts as it was.</summary>
    private FileStamp? Stamp(string path)
    {
        try
        {
            return FileStamp.Of(Path.Combine(root, path));
        }
        catch (Exception error) when (IsOfFiles(error))
        {
            return known.TryGetValue(path, out var before) ? before : null;
        }
    }

    /// <summary>Whether reading the file again would bring what it brought before: it is as it was, and still none of the pictures that it lacked can be read.</summary>
    private bool IsStillUnreadable(string path, FileStamp? stamp) =>
        unreadable.TryGetValue(path, out var read) && read.Stamp == stamp && read.Missing is { } missing && !missing.Any(CanRead);

    private bool CanRead(string picture)
    {
        try
        {
            _ = pictures.Read("path", picture);
            return true;
        }
        catch (UnreadablePictureException)
        {
            return false;
        }
        catch (DocumentRejectedException)
        {
            // It is gone, or no picture any more: the file that shows it has something else to tell.
            return true;
        }
    }

    /// <summary>The file system's own trouble, which may pass without a change of the file.</summary>
    private static bool IsOfFiles(Exception error) => error is IOException or UnauthorizedAccessException;

    /// <summary>Folders that can't be read are told of, and nothing counts as left over.</summary>
    private bool TryFind(string folder, [NotNullWhen(true)] out IReadOnlyList<string>? found)
    {
        failures.Clear();
        try
        {
            found = importer.Find(folder);
        }
        catch (Exception error) when (IsOfFiles(error))
        {
            failures.Add(new ImportFailure(folder, null, error));
            found = null;
        }

        anyFailed |= failures.Count > 0;
        foreach (var failure in failures)
            FolderLog.Unreadable(logger, Path.Combine(root, failure.File), failure.Error.Message);
        return found is not null;
    }

    /// <param name="Stamp">The file as it was when this was told.</param>
    /// <param name="Missing">The pictures that could not be read, if nothing else: without one of them nothing more comes of the file. Null: every look tries it.</param>
    private readonly record struct Unread(FileStamp Stamp, IReadOnlySet<string>? Missing);
}
