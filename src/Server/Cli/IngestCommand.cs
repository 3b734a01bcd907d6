using System.CommandLine;
using Spectre.Console;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Importers;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Streams.Fetching;
using UnifiedVlm.Streams.Pipeline;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm ingest</c>: files, folders and standard input through the same pipeline as Kafka, with the same guarantees.</summary>
internal static class IngestCommand
{
    public static Command Create()
    {
        var path = new Argument<string>("path") { Description = "A folder or file of HTML (.html, .htm, .xhtml), Markdown (.md, .markdown), JSON (.json) or JSON Lines (any other file), or - for JSON Lines on standard input" };
        var collection = Setting.Text("--collection", "UVLM_COLLECTION", InterleavedDocument.DefaultCollection, "Collection of documents that name none");
        var pictureRoot = Setting.Text("--picture-root", "UVLM_PICTURE_ROOT", "", "Folder that 'path' pictures of JSON Lines may lie in; for a file its own folder unless set");
        var watch = new Option<bool>("--watch") { Description = "Stay, and ingest the folder's new and changed files as they appear" };
        var folders = new FolderSettings();
        var fetch = new FetchSettings();
        var command = new Command("ingest", "Ingest documents from a file, a folder or standard input. What is stored unchanged is skipped.") { path, collection, pictureRoot, watch };
        folders.AddTo(command);
        fetch.AddTo(command);
        return NodeCommand.Create(
            command,
            (node, result, cancellationToken) => result.GetValue(watch)
                ? WatchAsync(node, folders.Read(result, [result.GetValue(path)!]), result.GetValue(collection)!, fetch.Read(result), cancellationToken)
                : RunAsync(node, result.GetValue(path)!, result.GetValue(collection)!, result.GetValue(pictureRoot)!, fetch.Read(result), cancellationToken),
            result =>
            {
                Check(result.GetValue(path)!, result.GetValue(watch), folders, result);
                DocumentValidator.ValidateName(collection.Name, result.GetValue(collection)!);
                if (result.GetValue(pictureRoot)!.Length > 0 && !IsLines(result.GetValue(path)!))
                    throw new UsageException($"{pictureRoot.Name} is for JSON Lines; pictures of a folder's documents lie in the folder. Leave it out.");
                _ = fetch.Read(result);
            },
            makes: static _ => true);
    }

    private static void Check(string path, bool watch, FolderSettings folders, ParseResult result)
    {
        if (watch)
            folders.Read(result, [path]);
        else
            folders.RefuseWithoutWatch(result);
        if (path != "-" && !File.Exists(path) && !Directory.Exists(path))
            throw new UsageException($"'{path}': there is no such file or folder.");
    }

    private static bool IsLines(string path) => path == "-" || (File.Exists(path) && !CorpusImporter.IsOneDocument(path));

    /// <summary>Until told to stop, which is no failure.</summary>
    private static async Task<int> WatchAsync(Node node, WatchedFolders folders, string collection, FetchOptions? fetch, CancellationToken cancellationToken)
    {
        var unread = new Unread();
        var source = folders.Open(node, collection, fetch is not null, (_, failure) => unread.Tell(failure), (_, file) => unread.TellEmpty(file)).Single();
        var store = await node.OpenIngestAsync(cancellationToken);
        using var diary = await node.OpenDiaryAsync(cancellationToken);
        await using var pipeline = node.CreatePipeline(store, diary, fetch);
        var run = pipeline.RunAsync([source], cancellationToken);
        if (await Task.WhenAny(source.CaughtUp, run) != run)
            Console.WriteLine($"watching {folders.Folders[0]}");
        await run;
        WriteTotals(pipeline, unread);
        return 0;
    }

    private static async Task<int> RunAsync(Node node, string path, string collection, string pictureRoot, FetchOptions? fetch, CancellationToken cancellationToken)
    {
        var unread = new Unread();
        var (source, root) = Open(path, collection, pictureRoot, node.Options.Limits, fetch is not null, unread);
        var store = await node.OpenIngestAsync(cancellationToken);
        using var diary = await node.OpenDiaryAsync(cancellationToken);
        await using var pipeline = node.CreatePipeline(store, diary, fetch, root);
        await pipeline.RunAsync([source], cancellationToken);
        // A large load may have made an index due; leaving would break its build off.
        await node.Store.VectorIndex!.BuildIfDueAsync(cancellationToken);

        var totals = pipeline.Status().Totals;
        WriteTotals(pipeline, unread);
        return totals.DeadLettered + unread.Failures > 0 ? 1 : 0;
    }

    private static void WriteTotals(IngestPipeline pipeline, Unread unread)
    {
        var status = pipeline.Status();
        var totals = status.Totals;
        AnsiConsole.WriteLine(
            $"{totals.Upserted} stored, {totals.Unchanged} unchanged, {totals.Deleted} deleted, {totals.Stale} older than stored, {totals.DeadLettered} dead-lettered, {unread.Failures} unreadable,"
            + $" {unread.EmptyPages} pages without content in {status.Elapsed.TotalSeconds:0.0} s");
        if (totals.DeadLettered > 0)
            AnsiConsole.WriteLine("See the dead letters with: uvlm dead list");
    }

    private static (IRecordSource Source, string? PictureRoot) Open(
        string path, string collection, string pictureRoot, DocumentLimits limits, bool fetchesUrls, Unread unread)
    {
        var root = pictureRoot.Length == 0 ? null : pictureRoot;
        if (path == "-")
            return (new JsonLinesSource("stdin", Console.OpenStandardInput, limits.MaxDocumentBytes) { Collection = collection }, root);
        var full = Path.GetFullPath(path);
        if (IsLines(path))
            return (new JsonLinesSource($"file:{full}", () => File.OpenRead(full), limits.MaxDocumentBytes) { Collection = collection }, root ?? Path.GetDirectoryName(full));
        var import = new ImportOptions { Collection = collection, Limits = limits, AllowBlobs = true, AllowUrls = fetchesUrls, OnEmptyPage = unread.TellEmpty };
        var importer = new CorpusImporter(full, import, unread.Tell);
        return (new DocumentsSource($"{(File.Exists(full) ? "file" : "folder")}:{full}", importer.Import()), null);
    }

    /// <summary>Tells of what gave no document as it comes, on the one thread that imports, and keeps nothing but its number.</summary>
    private sealed class Unread
    {
        public long Failures { get; private set; }

        public long EmptyPages { get; private set; }

        public void Tell(ImportFailure failure)
        {
            Failures += failure.Count;
            Console.Error.WriteLine(Printable.Line($"uvlm: {failure.File}{(failure.Line is { } line ? $" line {line}" : "")}: {failure.Error.Message}"));
        }

        public void TellEmpty(string file)
        {
            EmptyPages++;
            Console.Error.WriteLine(Printable.Line($"uvlm: {file}: has neither words nor pictures"));
        }
    }
}
