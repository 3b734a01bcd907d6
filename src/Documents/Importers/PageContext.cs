using System.Globalization;
using AngleSharp.Dom;
using UnifiedVlm.Documents.Images;
using UnifiedVlm.Documents.Rules;

namespace UnifiedVlm.Documents.Importers;

/// <summary>Where a page stands among its files, and what becomes of its pictures.</summary>
internal sealed class PageContext(string folder, PictureCatalog? catalog, ImportOptions options, ImportStatistics statistics)
{
    // By element around a caption; null where it holds no picture. A page's captions share their ancestors, so each is looked through once.
    private readonly Dictionary<IElement, bool?> kept = [];

    // By element around a caption, the first one in it. Made once: to look through a figure for each of its pictures would take the square of them.
    private Dictionary<IElement, IElement>? captions;

    /// <summary>The path of a picture relative to the root; null when it is not a file there.</summary>
    public string? FilePath(IElement picture)
    {
        var source = Source(picture);
        if (source.Length == 0 || source.StartsWith("//", StringComparison.Ordinal) || HasScheme(source))
            return null;
        var end = source.AsSpan().IndexOfAny('?', '#');
        var path = Uri.UnescapeDataString(end < 0 ? source : source[..end]);
        if (path.Contains('\0', StringComparison.Ordinal))
            return null;

        // By text, as browsers do; the file's reader checks where it really leads.
        var segments = new List<string>();
        foreach (var segment in (path.StartsWith('/') ? path : $"{folder}/{path}").Split('/'))
        {
            if (segment == ".." && segments.Count > 0)
                segments.RemoveAt(segments.Count - 1);
            else if (segment == "..")
                return null;
            else if (segment is not ("" or "."))
                segments.Add(segment);
        }

        return segments.Count == 0 ? null : string.Join('/', segments);
    }

    /// <summary>A picture that is kept, or else the words that take its place (null for decoration).</summary>
    public (ImagePart? Picture, string? Alt) Picture(IElement element)
    {
        var alt = Alt(element);
        if (element.ClassList.Contains("math"))
            return (null, alt);
        var (verdict, source) = Judge(element);
        statistics.Count(verdict);
        if (verdict == PictureVerdict.Keep)
            return (new ImagePart(source!, alt ?? Clean(element.GetAttribute("title")) ?? CaptionOf(element)), null);

        // Icons of notes have an alternative text in brackets that only repeats the heading beside it.
        return (null, verdict == PictureVerdict.Repeated || alt is ['[', .., ']'] ? null : alt);
    }

    /// <summary>Whether a caption has a picture to stand beside.</summary>
    public bool KeepsPicture(IElement caption)
    {
        for (var element = caption.ParentElement; element is not null; element = element.ParentElement)
        {
            if (!kept.TryGetValue(element, out var keeps))
                kept[element] = keeps = KeepsWithin(element);
            if (keeps is { } answer)
                return answer;
            if (HtmlRules.IsFigure(element))
                return false;
        }

        return false;
    }

    private bool? KeepsWithin(IElement element)
    {
        var pictures = element.QuerySelectorAll("img");
        return pictures.Length == 0 ? null : pictures.Any(picture => Judge(picture).Verdict == PictureVerdict.Keep);
    }

    private (PictureVerdict Verdict, ImageSource? Source) Judge(IElement picture)
    {
        var captioned = Caption(picture) is not null;
        if (IsSmall(picture, captioned) || picture.ClassList.Contains("icon") || picture.ClassList.Contains("emoji"))
            return (PictureVerdict.Icon, null);
        if (Source(picture) is var source && IsInline(source))
            return Inline(source, captioned);
        return catalog is not null && FilePath(picture) is { } path
            ? (catalog.Judge(path, captioned), new FileImage(path))
            : (PictureVerdict.Unusable, null);
    }

    private (PictureVerdict Verdict, ImageSource? Source) Inline(string source, bool captioned)
    {
        var comma = source.IndexOf(',', StringComparison.Ordinal);
        if (comma < 0 || !source.AsSpan(0, comma).EndsWith(";base64", StringComparison.OrdinalIgnoreCase) || (source.Length - comma) / 4L * 3 > options.Limits.MaxImageBytes)
            return (PictureVerdict.Unusable, null);
        var buffer = new byte[(source.Length - comma) / 4 * 3 + 3];
        if (!Convert.TryFromBase64String(source[(comma + 1)..], buffer, out var length) || !ImageHeader.TryDetect(buffer.AsSpan(0, length), out var format)
            || !ImageHeader.TryReadSize(buffer.AsSpan(0, length), out var width, out var height))
            return (PictureVerdict.Unusable, null);
        return Math.Max(width, height) < (captioned ? options.MinCaptionedSide : options.MinPictureSide)
            ? (PictureVerdict.Icon, null)
            : (PictureVerdict.Keep, new InlineImage(buffer.AsMemory(0, length), ImageHeader.MediaType(format)));
    }

    /// <summary>Small as it is shown, whatever the file holds.</summary>
    private bool IsSmall(IElement picture, bool captioned)
    {
        var longer = Math.Max(Pixels(picture.GetAttribute("width")), Pixels(picture.GetAttribute("height")));
        return longer > 0 && longer < (captioned ? options.MinCaptionedSide : options.MinPictureSide);
    }

    private string? CaptionOf(IElement picture) => Caption(picture) is { } caption ? Clean(HtmlRules.PlainText(caption)) : null;

    /// <summary>The caption that an element around the picture joins with it.</summary>
    private IElement? Caption(IElement picture)
    {
        captions ??= FirstCaptions(picture);
        for (var element = picture.ParentElement; element is not null; element = element.ParentElement)
        {
            if (captions.TryGetValue(element, out var caption) && HtmlRules.JoinsCaption(element))
                return caption;
        }

        return null;
    }

    private static Dictionary<IElement, IElement> FirstCaptions(IElement anywhere)
    {
        var first = new Dictionary<IElement, IElement>();
        foreach (var caption in anywhere.Owner!.QuerySelectorAll(HtmlRules.Captions))
        {
            // What has one already is within nothing that has none.
            var element = caption.ParentElement;
            while (element is not null && first.TryAdd(element, caption))
                element = element.ParentElement;
        }

        return first;
    }

    private string? Clean(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        return FieldRules.Clip(string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), options.Limits.MaxAltLength);
    }

    /// <summary>Some tools fill in the file's name, which says nothing.</summary>
    private string? Alt(IElement picture)
    {
        var alt = Clean(picture.GetAttribute("alt"));
        return alt is null || alt == Source(picture) || alt == Source(picture).Split('/')[^1] ? null : alt;
    }

    /// <summary>Pages that load their pictures late have a placeholder within the page as <c>src</c>, or none.</summary>
    private string Source(IElement picture)
    {
        var (source, late) = (picture.GetAttribute("src")?.Trim() ?? "", picture.GetAttribute("data-src")?.Trim() ?? "");
        return late.Length > 0 && (source.Length == 0 || (IsInline(source) && Inline(source, captioned: true).Verdict != PictureVerdict.Keep)) ? late : source;
    }

    private static bool IsInline(string source) => source.StartsWith("data:", StringComparison.OrdinalIgnoreCase);

    private static bool HasScheme(string source)
    {
        var colon = source.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && !source.AsSpan(0, colon).ContainsAny('/', '?', '#');
    }

    private static int Pixels(string? length) =>
        length is not null && int.TryParse(length.AsSpan().Trim().TrimEnd("px"), NumberStyles.None, CultureInfo.InvariantCulture, out var pixels) ? pixels : 0;
}
