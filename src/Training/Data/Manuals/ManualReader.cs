using System.Text.RegularExpressions;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Importers;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>Reads a manual's pages by the product's importer. Pictures come as they are; <see cref="PictureStore"/> decides which stay.</summary>
internal static partial class ManualReader
{
    /// <summary>UTF-16 units of a caption.</summary>
    private const int MaxCaption = 160;

    /// <param name="folder">The manual's <see cref="Manual.Root"/> on disk.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    public static IEnumerable<RawPage> Read(Manual manual, string folder, CancellationToken cancellationToken)
    {
        var options = new ImportOptions { TargetTextLength = ManualText.MaxPart };
        var importer = new CorpusImporter(folder, options);
        foreach (var document in importer.Import(cancellationToken))
        {
            if (document.Title is not { Length: > 0 } title || manual.Passed.Any(start => document.Id.StartsWith(start, StringComparison.Ordinal)))
                continue;
            if (Parts(document) is { Count: > 0 } parts)
                yield return new RawPage(manual, $"{manual.Name}/{document.Id}", CleanTitle(title), parts);
        }
    }

    /// <summary>Titles that differ in nothing but numbers, an ending or a remark in brackets.</summary>
    public static string TitleKey(string title)
    {
        var key = string.Concat(Remark().Replace(title, "").Where(char.IsAsciiLetter).Select(char.ToLowerInvariant));
        return key.EndsWith('s') ? key[..^1] : key;
    }

    private static List<RawPart> Parts(InterleavedDocument document)
    {
        var text = new ManualText();
        var parts = new List<RawPart>();
        for (var i = 0; i < document.Parts.Count; i++)
        {
            switch (document.Parts[i])
            {
                case TextPart plain when !FigureNumber().IsMatch(plain.Text) || plain.Text.Contains('\n', StringComparison.Ordinal):
                    parts.AddRange(text.Parts(plain.Text).Select(static piece => new RawPart(piece, default, null)));
                    break;
                case ImagePart { Source: InlineImage image } picture:
                    parts.Add(new RawPart(null, image.Data, Caption(document.Parts, i, picture.Alt)));
                    break;
            }
        }

        return parts;
    }

    /// <summary>The alternative text; where several pictures of the page share it, with the words right below the picture.</summary>
    private static string? Caption(IReadOnlyList<DocumentPart> parts, int index, string? alt)
    {
        if (alt is not null && (FileWords().IsMatch(alt) || alt.AsSpan().ContainsAny('$', '\\')))
            alt = null;
        var shared = alt is not null && parts.OfType<ImagePart>().Count(picture => picture.Alt == alt) > 1;
        var below = index + 1 < parts.Count && parts[index + 1] is TextPart { Text: { Length: <= 80 } text } && BelowPicture().IsMatch(text) ? text.Trim() : null;
        var caption = (alt, below) switch
        {
            (null, _) => below,
            (_, { } words) when shared => $"{alt}: {words}",
            _ => alt,
        };
        return caption is { Length: <= MaxCaption } ? caption : caption?.Split(", ")[0] is { Length: <= MaxCaption } first ? first : null;
    }

    private static string CleanTitle(string title) => Number().Replace(title, "").Trim();

    /// <summary>A chapter's or section's.</summary>
    [GeneratedRegex(@"^(?:Chapter |Appendix )?(?:\d+|[A-Z])(?:\.\d+)*\.\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex(@"\(.*?\)", RegexOptions.CultureInvariant)]
    private static partial Regex Remark();

    /// <summary>The line above a DocBook picture repeats its caption with a number.</summary>
    [GeneratedRegex(@"^(?:Figure|Table) [\dA-Z.]+\.\s", RegexOptions.CultureInvariant)]
    private static partial Regex FigureNumber();

    /// <summary>Sphinx names a plot without title by its file, or by the formats it can be downloaded in.</summary>
    [GeneratedRegex(@"^(?:plot [a-z0-9 ]+|\(png, svg, pdf\)|[\w-]+\.(?:png|jpg|svg))$", RegexOptions.CultureInvariant)]
    private static partial Regex FileWords();

    [GeneratedRegex(@"^[“A-Z][^\n→]*$", RegexOptions.CultureInvariant)]
    private static partial Regex BelowPicture();
}
