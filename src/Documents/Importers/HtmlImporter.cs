using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using UnifiedVlm.Documents.Rules;

namespace UnifiedVlm.Documents.Importers;

/// <summary>
/// Turns HTML pages into documents: headings, paragraphs, lists, tables and code as text in reading order, pictures where they stand with
/// their alternative texts and captions; navigation, scripts and icons left out.
/// </summary>
public sealed partial class HtmlImporter
{
    private readonly ImportOptions options;
    private readonly PictureCatalog? catalog;

    /// <summary>For pages without picture files: pictures inside the page are kept, of others the alternative text.</summary>
    public HtmlImporter(ImportOptions? options = null)
        : this(options ?? ImportOptions.Default, null, new ImportStatistics())
    {
    }

    internal HtmlImporter(ImportOptions options, PictureCatalog? catalog, ImportStatistics statistics)
    {
        this.options = options;
        this.catalog = catalog;
        Statistics = statistics;
    }

    internal ImportStatistics Statistics { get; }

    /// <summary>Imports one page.</summary>
    /// <param name="id">The document's id.</param>
    /// <param name="html">The page, from a stream that can seek; its encoding is found as browsers do.</param>
    /// <param name="folder">Where the page stands, relative to the root: picture paths count from here.</param>
    /// <returns>Null when the page has neither words nor pictures.</returns>
    /// <exception cref="DocumentRejectedException">The page is nested absurdly deep, or its content is beyond a limit.</exception>
    public InterleavedDocument? Import(string id, Stream html, string folder = "")
    {
        using var page = GuardedHtmlParser.Parse(html);
        return Import(id, page, HtmlRules.Content(page), folder, title: null, language: null);
    }

    /// <summary>Imports a page that has no site around its words.</summary>
    internal InterleavedDocument? Import(string id, string html, string folder, string? title, string? language)
    {
        using var page = GuardedHtmlParser.Parse(html);
        return Import(id, page, page.Body, folder, title, language);
    }

    /// <summary>The picture files that a page shows, relative to the root.</summary>
    internal IReadOnlyList<string> Pictures(Stream html, string folder)
    {
        using var page = GuardedHtmlParser.Parse(html);
        return Pictures(page, folder);
    }

    internal IReadOnlyList<string> Pictures(string html, string folder)
    {
        using var page = GuardedHtmlParser.Parse(html);
        return Pictures(page, folder);
    }

    private List<string> Pictures(IDocument page, string folder)
    {
        var context = new PageContext(folder, catalog, options, new ImportStatistics());
        return [.. page.Images.Select(context.FilePath).OfType<string>()];
    }

    private InterleavedDocument? Import(string id, IHtmlDocument page, IElement? content, string folder, string? title, string? language)
    {
        if (content is null)
            return null;

        // A page that is only a table of contents is kept for its entries; elsewhere they are navigation.
        var parts = Walk(content, folder, withContents: false) ?? Walk(content, folder, withContents: true);
        if (parts is null)
            return null;
        language ??= page.DocumentElement.GetAttribute("lang") ?? page.DocumentElement.GetAttribute("xml:lang");
        var document = new InterleavedDocument
        {
            Id = id,
            Tenant = options.Tenant,
            Collection = options.Collection,
            Title = title ?? Title(page, content),
            Language = FieldRules.IsLanguage(language) ? language : options.Language,
            Parts = parts,
        };
        DocumentValidator.Validate(document, new DocumentReadOptions { Limits = options.Limits, AllowFilePaths = true });
        return document;
    }

    private List<DocumentPart>? Walk(IElement content, string folder, bool withContents)
    {
        var statistics = new ImportStatistics();
        var output = new PartBuilder(options.TargetTextLength);
        new HtmlWalker(output, new PageContext(folder, catalog, options, statistics), withContents).Walk(content);
        if (!output.HasContent)
            return withContents && output.Build() is { Count: > 0 } headings ? headings : null;
        Statistics.Add(statistics);
        return output.Build();
    }

    private string? Title(IHtmlDocument page, IElement content)
    {
        var heading = content.QuerySelector(".titlepage .title, h1") ?? content.QuerySelector("h2, h3, h4") ?? page.QuerySelector("head > title");
        if (heading is null)
            return null;
        var title = HtmlRules.PlainText(heading);
        var generator = page.QuerySelector("meta[name=generator]")?.GetAttribute("content") ?? "";
        title = (generator.Contains("DocBook", StringComparison.OrdinalIgnoreCase) ? DocBookNumber() : SectionNumber()).Replace(title, "", 1);
        return title.Length == 0 ? null : FieldRules.Clip(title, options.Limits.MaxTitleLength);
    }

    [GeneratedRegex(@"^(?:(?:Chapter|Appendix|Part|Section)\s+)?(?:\d+|[A-Z]|[IVXLC]+)(?:\.\d+)*\.\s+", RegexOptions.CultureInvariant)]
    private static partial Regex DocBookNumber();

    [GeneratedRegex(@"^\d+(?:\.\d+)+\.?\s+", RegexOptions.CultureInvariant)]
    private static partial Regex SectionNumber();
}
