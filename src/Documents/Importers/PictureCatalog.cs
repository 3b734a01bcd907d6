using System.Security.Cryptography;
using UnifiedVlm.Documents.Images;

namespace UnifiedVlm.Documents.Importers;

/// <summary>
/// The picture files of a corpus: their sizes, and on how many pages each occurs, counted by content so that copies under other names
/// are one picture.
/// </summary>
internal sealed class PictureCatalog(string root, ImportOptions options)
{
    /// <summary>Names of admonition and navigation icons in the tool chains that make manuals.</summary>
    private static readonly HashSet<string> IconNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "note", "tip", "warning", "caution", "important", "prev", "next", "home", "up", "blank", "spacer", "draft", "toc-plus", "toc-minus", "toc-blank", "favicon",
    };

    /// <summary>Pixels: an icon by its name is not larger.</summary>
    private const int MaxIconSide = 128;

    /// <summary>Pixels: a thumbnail by its name is not larger.</summary>
    private const int MaxThumbnailSide = 160;

    private static readonly HashSet<string> ThumbnailWords = new(StringComparer.OrdinalIgnoreCase) { "thumb", "thumbs", "thumbnail", "thumbnails" };

    private readonly ImageFileResolver files = new(root, options.Limits);
    private readonly Dictionary<string, Entry?> entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> pagesByContent = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string[]> contentsByPage = new(StringComparer.Ordinal);

    // By path: a page may ask for the same picture several times, and it is told of once.
    private readonly Dictionary<string, UnreadablePictureException> unreadable = new(StringComparer.Ordinal);

    /// <summary>Whether <see cref="TakeUnreadable"/> has any.</summary>
    public bool HasUnreadable => unreadable.Count > 0;

    /// <summary>What was judged since the last call and can't be read, each picture once. It is tried again the next time that it is judged.</summary>
    public IReadOnlyList<UnreadablePictureException> TakeUnreadable()
    {
        List<UnreadablePictureException> taken = [.. unreadable.Values];
        unreadable.Clear();
        return taken;
    }

    /// <summary>Counts the pictures of one page, each once; those it had when it was counted before don't count any more.</summary>
    public void CountPage(string page, IEnumerable<string> paths)
    {
        foreach (var content in contentsByPage.GetValueOrDefault(page, []))
            pagesByContent[content]--;
        contentsByPage[page] = [.. paths.Select(FindReadable).Where(static e => e is not null).Select(static e => e!.Content).Distinct()];
        foreach (var content in contentsByPage[page])
            pagesByContent[content] = pagesByContent.GetValueOrDefault(content) + 1;
    }

    /// <summary>The file is another one now: it is read again when a page shows it.</summary>
    public void Forget(string path) => entries.Remove(path);

    /// <summary>It could be read when it was looked at first, and can't be any more: unusable until <see cref="TakeUnreadable"/> tells of it.</summary>
    public void Lose(UnreadablePictureException picture)
    {
        entries.Remove(picture.Path);
        unreadable[picture.Path] = picture;
    }

    /// <param name="path">Relative to the root.</param>
    public PictureVerdict Judge(string path, bool captioned)
    {
        if (unreadable.ContainsKey(path))
            return PictureVerdict.Unusable;
        try
        {
            return Find(path) is { } entry ? Judge(entry, path, captioned) : PictureVerdict.Unusable;
        }
        catch (UnreadablePictureException) when (IsIconByName(path, side: 0, captioned))
        {
            // How large it is can't be seen, but what is called so hardly ever is: nothing is missing on the page.
            return PictureVerdict.Icon;
        }
        catch (UnreadablePictureException picture)
        {
            unreadable[path] = picture;
            return PictureVerdict.Unusable;
        }
    }

    private PictureVerdict Judge(Entry entry, string path, bool captioned)
    {
        var side = Math.Max(entry.Width, entry.Height);
        if (side < (captioned ? options.MinCaptionedSide : options.MinPictureSide) || IsIconByName(path, side, captioned))
            return PictureVerdict.Icon;
        return pagesByContent.GetValueOrDefault(entry.Content) > options.MaxPictureRepeats ? PictureVerdict.Repeated : PictureVerdict.Keep;
    }

    private static bool IsIconByName(string path, int side, bool captioned)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        return (side <= MaxIconSide && IconNames.Contains(name)) || (!captioned && side <= MaxThumbnailSide && IsThumbnail(path, name));
    }

    /// <summary>By a folder's whole name, or by what the file's begins or ends with.</summary>
    private static bool IsThumbnail(string path, string name) =>
        path.Split('/').SkipLast(1).Any(ThumbnailWords.Contains)
        || (name.Split('-', '_') is [var first, ..] words && (ThumbnailWords.Contains(first) || ThumbnailWords.Contains(words[^1])));

    /// <summary>What can't be read is told of when the page that shows it is imported, not when it is counted.</summary>
    private Entry? FindReadable(string path)
    {
        try
        {
            return Find(path);
        }
        catch (UnreadablePictureException)
        {
            return null;
        }
    }

    /// <exception cref="UnreadablePictureException">The file is there and can't be read.</exception>
    private Entry? Find(string path)
    {
        if (entries.TryGetValue(path, out var known))
            return known;
        Entry? entry = null;
        try
        {
            var file = files.Read(path, path).Data.Span;
            if (ImageHeader.TryReadSize(file, out var width, out var height))
                entry = new Entry(width, height, Convert.ToHexString(SHA256.HashData(file)));
        }
        catch (DocumentRejectedException rejected) when (rejected is not UnreadablePictureException)
        {
            // Missing, too large or no picture: remembered as unusable, and counted where a page shows it.
        }

        return entries[path] = entry;
    }

    private sealed record Entry(int Width, int Height, string Content);
}
