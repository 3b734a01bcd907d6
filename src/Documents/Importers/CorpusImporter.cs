using System.Text;
using UnifiedVlm.Documents.Images;
using UnifiedVlm.Documents.Json;

namespace UnifiedVlm.Documents.Importers;

/// <summary>
/// Reads a folder (or one file) of HTML, Markdown, JSON and JSON Lines as documents, in the order of their paths. Pages are read twice:
/// the first time to count on how many of them each picture stands, so that decoration can be told from content.
/// </summary>
public sealed partial class CorpusImporter
{
    /// <summary>So many bad lines of a file are told one by one; the others are counted.</summary>
    internal const int ToldLines = 100;

    private readonly string root;
    private readonly string? single;
    private readonly ImportOptions options;
    private readonly Action<ImportFailure>? onFailure;
    private readonly ImageFileResolver pictures;
    private readonly PictureCatalog catalog;
    private readonly HtmlImporter html;
    private readonly MarkdownImporter markdown;

    /// <param name="path">A folder, or one file in the folder that counts as the root of its pictures.</param>
    /// <param name="onFailure">Told of every file, line or folder that could not be imported, and of every picture that a page came without because it can't be read.</param>
    /// <exception cref="DirectoryNotFoundException">There is nothing at <paramref name="path"/>.</exception>
    public CorpusImporter(string path, ImportOptions? options = null, Action<ImportFailure>? onFailure = null)
    {
        this.options = options ?? ImportOptions.Default;
        this.onFailure = onFailure;
        var full = Path.GetFullPath(path);
        single = File.Exists(full) ? Path.GetFileName(full) : null;
        root = single is null ? full : Path.GetDirectoryName(full)!;
        pictures = new ImageFileResolver(root, this.options.Limits);
        catalog = new PictureCatalog(root, this.options);
        html = new HtmlImporter(this.options, catalog, Statistics);
        markdown = new MarkdownImporter(html);
    }

    public ImportStatistics Statistics { get; } = new();

    /// <summary>Imports everything. The documents are read while they are enumerated.</summary>
    public IEnumerable<InterleavedDocument> Import(CancellationToken cancellationToken = default)
    {
        var files = single is null ? Find("").Where(IsDocument).ToList() : [single];
        foreach (var file in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Survey(file);
        }

        foreach (var document in files.SelectMany(file => ImportFile(file, cancellationToken)))
            yield return document;
    }

    /// <summary>
    /// Reads a page for its pictures only: on how many pages each stands has to be known before the first is imported. What it had before, if it was
    /// surveyed before, no longer counts.
    /// </summary>
    public void Survey(string file) => Attempt<object>(() => CountPictures(file), onFault: null);

    /// <summary>Imports one file. The documents are read while they are enumerated.</summary>
    /// <param name="file">Relative to the folder.</param>
    public IEnumerable<InterleavedDocument> ImportFile(string file, CancellationToken cancellationToken = default)
    {
        Statistics.Files++;
        foreach (var document in KindOf(file) == FileKind.JsonLines ? ImportLines(file, cancellationToken) : ImportWhole(file))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Statistics.Count(document);
            yield return document;
        }
    }

    private object? CountPictures(string file)
    {
        IReadOnlyCollection<string> shown = [];
        switch (KindOf(file))
        {
            case FileKind.Html:
                using (var stream = Open(file))
                    shown = [.. html.Pictures(stream, FolderOf(file))];
                break;
            case FileKind.Markdown:
                shown = [.. markdown.Pictures(ReadText(file), FolderOf(file))];
                break;
        }

        ForgetShown(file);
        NoteShown(file, shown);
        catalog.CountPage(file, shown);
        return null;
    }

    private IEnumerable<InterleavedDocument> ImportWhole(string file)
    {
        var document = Attempt(() => ReadWhole(file), fault => Fail(file, null, fault));
        foreach (var picture in catalog.TakeUnreadable())
            Fail(file, null, picture);
        return document is null ? [] : [document];
    }

    private InterleavedDocument? ReadWhole(string file)
    {
        if (KindOf(file) is not (FileKind.Html or FileKind.Markdown))
        {
            Open(file).Dispose();
            return Finish(file, ParseJson(File.ReadAllBytes(Full(file))));
        }

        while (ReadPage(file) is { } page)
        {
            // It would come again with its picture under the same version, of which there can be one content only. Told of it is all the same.
            if (options.VersionFromFileTime && catalog.HasUnreadable)
                return null;
            try
            {
                return Finish(file, page);
            }
            catch (UnreadablePictureException picture)
            {
                // It could be read when it was counted. The page is read again without it: its words take its place.
                catalog.Lose(picture);
            }
        }

        return null;
    }

    private InterleavedDocument? ReadPage(string file)
    {
        var id = options.IdPrefix + file;
        InterleavedDocument? page;
        if (KindOf(file) == FileKind.Html)
        {
            using var stream = Open(file);
            page = html.Import(id, stream, FolderOf(file));
        }
        else
        {
            page = markdown.Import(id, ReadText(file), FolderOf(file));
        }

        // One of pictures that can't be read is not empty: they are told of.
        if (page is null && !catalog.HasUnreadable)
        {
            Statistics.EmptyPages++;
            options.OnEmptyPage?.Invoke(file);
        }

        if (page is not null && options.VersionFromFileTime)
            page = page with { Version = (File.GetLastWriteTimeUtc(Full(file)) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond };
        return page;
    }

    private IEnumerable<InterleavedDocument> ImportLines(string file, CancellationToken cancellationToken)
    {
        using var stream = Attempt(() => File.OpenRead(Full(file)), fault => Fail(file, null, fault));
        if (stream is null)
            yield break;
        long bad = 0;
        HashSet<string> unreadable = [];
        var reader = new JsonLinesReader(stream, options.Limits.MaxDocumentBytes);
        while (Attempt(reader.Next, fault => Fail(file, null, fault)) is { } line)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!line.TooLong && line.Bytes.Span.Trim(" \t\r"u8).IsEmpty)
                continue;
            var document = Attempt(
                () => line.TooLong ? throw TooLarge() : Finish(file, ParseJson(line.Bytes)),
                fault =>
                {
                    Fail(file, line.Number, fault, isTold: ++bad <= ToldLines);
                    if (bad > ToldLines && fault is UnreadablePictureException picture)
                        unreadable.Add(picture.Path);
                });
            if (document is not null)
                yield return document;
        }

        if (bad > ToldLines)
            onFailure?.Invoke(new ImportFailure(file, null, MoreLines(bad - ToldLines)) { Count = bad - ToldLines, UnreadablePictures = unreadable });
    }

    private InterleavedDocument ParseJson(ReadOnlyMemory<byte> utf8) => DocumentJson.Parse(
        utf8,
        new DocumentReadOptions
        {
            Limits = options.Limits,
            AllowFilePaths = true,
            AllowBlobs = options.AllowBlobs,
            AllowUrls = options.AllowUrls,
            DefaultTenant = options.Tenant,
            DefaultCollection = options.Collection,
        });

    private InterleavedDocument Finish(string file, InterleavedDocument document)
    {
        NoteShown(file, document.Parts.OfType<ImagePart>().Select(static p => p.Source).OfType<FileImage>().Select(static f => f.Path));
        return options.InlinePictures ? pictures.Resolve(document) : document;
    }

    /// <summary>
    /// One bad file must not end the import: what is wrong with it is told, and null takes its place. Whatever a parser throws is the file's doing;
    /// only what is the process's own trouble passes.
    /// </summary>
    private static T? Attempt<T>(Func<T?> action, Action<Exception>? onFault)
        where T : class
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException or InvalidProgramException or DllNotFoundException))
        {
            onFault?.Invoke(e);
            return null;
        }
    }

    private void Fail(string file, long? line, Exception fault, bool isTold = true)
    {
        Statistics.Failures++;
        if (isTold)
            onFailure?.Invoke(new ImportFailure(file, line, fault));
    }

    private FileStream Open(string file)
    {
        var stream = File.OpenRead(Full(file));
        if (stream.Length <= options.Limits.MaxDocumentBytes)
            return stream;
        stream.Dispose();
        throw TooLarge();
    }

    private string ReadText(string file)
    {
        using var reader = new StreamReader(Open(file), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static DocumentRejectedException MoreLines(long count) =>
        new("$", $"has {count} more lines that can't be taken", $"Mend those that are named; of one file no more than {ToldLines} are.");

    private DocumentRejectedException TooLarge() =>
        new("$", $"is larger than the limit of {options.Limits.MaxDocumentBytes} bytes", "Split it.");

    /// <summary>Whether a file of this name is one document, a page or JSON; any other file holds one a line.</summary>
    public static bool IsOneDocument(string file) => KindOf(file) is FileKind.Html or FileKind.Markdown or FileKind.Json;

    private string Full(string file) => Path.Combine(root, file);

    private static string FolderOf(string file) => Path.GetDirectoryName(file) ?? "";

    private static FileKind KindOf(string file) => Path.GetExtension(file).ToLowerInvariant() switch
    {
        ".html" or ".htm" or ".xhtml" => FileKind.Html,
        ".md" or ".markdown" => FileKind.Markdown,
        ".json" => FileKind.Json,
        ".jsonl" or ".ndjson" => FileKind.JsonLines,
        _ => FileKind.Other,
    };

    private enum FileKind
    {
        Other,
        Html,
        Markdown,
        Json,
        JsonLines,
    }
}
