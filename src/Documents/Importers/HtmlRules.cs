using AngleSharp.Dom;

namespace UnifiedVlm.Documents.Importers;

/// <summary>What the elements and class names of manuals, wikis and blogs mean for reading order.</summary>
internal static class HtmlRules
{
    private static readonly HashSet<string> SkippedElements =
    [
        "script", "style", "noscript", "template", "head", "nav", "button", "input", "select", "textarea", "iframe", "object", "embed",
        "svg", "canvas", "video", "audio", "map", "dialog",
    ];

    private static readonly HashSet<string> SkippedClasses =
    [

        // DocBook XSL
        "navheader", "navfooter", "reportbug", "indexterm",

        // Sphinx and its themes
        "headerlink", "sphinxsidebar", "related", "toctree-wrapper", "sphx-glr-thumbcontainer", "sphx-glr-footer", "sphx-glr-download-link-note",
        "sphx-glr-signature", "linenos", "linenodiv", "bd-header", "bd-sidebar", "bd-sidebar-primary", "bd-sidebar-secondary", "prev-next-area",
        "prev-next-footer", "rst-footer-buttons", "wy-nav-side", "wy-breadcrumbs", "wy-nav-top", "viewcode-link", "copybtn",

        // General
        "navbar", "navigation", "breadcrumb", "breadcrumbs", "sidebar-nav", "site-header", "site-footer", "skip-link", "skiplink", "sr-only",
        "visually-hidden", "screen-reader-text", "noprint", "mw-editsection", "printfooter", "catlinks", "cookie-banner", "toc-float",
    ];

    private static readonly HashSet<string> ContentsClasses = ["toc", "contents", "list-of-figures", "list-of-tables", "list-of-examples"];

    private static readonly HashSet<string> Blocks =
    [
        "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure",
        "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "legend", "li", "main", "ol", "p", "pre", "section", "summary", "table",
        "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
    ];

    /// <summary>What may be a caption of pictures, as a selector.</summary>
    public const string Captions = "figcaption, .caption, p.title, div.title";

    private static readonly string[] ContentSelectors = ["main", "[role=main]", "article", "div.body", "div.mw-parser-output", "div.document"];

    /// <summary>Names that a section about content has as well: they count on what may hold a page, and does.</summary>
    private static readonly string[] NamedContent =
        ["div#content, section#content, td#content", "div#main-content, section#main-content, td#main-content"];

    /// <summary>Where the words of the page are; the whole body where nothing marks them.</summary>
    public static IElement? Content(IDocument page)
    {
        foreach (var selector in ContentSelectors)
        {
            // Several of a kind are a list of articles, not one.
            if (page.QuerySelectorAll(selector) is { Length: 1 } found)
                return found[0];
        }

        foreach (var selector in NamedContent)
        {
            if (page.QuerySelectorAll(selector) is { Length: 1 } found && Letters(found[0]) is > 0 and var held && 2 * held >= Letters(page.Body!))
                return found[0];
        }

        return page.Body;
    }

    private static long Letters(INode node)
    {
        long letters = 0;
        foreach (var child in node.ChildNodes)
        {
            if (child is IText text)
                letters += text.Data.Count(static c => !char.IsWhiteSpace(c));
            else if (child is IElement inner && !IsSkipped(inner, withContents: false))
                letters += Letters(inner);
        }

        return letters;
    }

    public static bool IsSkipped(IElement element, bool withContents)
    {
        var name = element.LocalName;
        if (SkippedElements.Contains(name) || element.HasAttribute("hidden") || element.GetAttribute("aria-hidden") == "true")
            return true;
        if (element.GetAttribute("role") is "navigation" or "banner" or "contentinfo" or "search" or "complementary")
            return true;

        // What a form holds besides its controls may be the whole page. In a table it is empty and stands between the cells.
        if (name == "form" && !element.HasChildNodes)
            return true;
        if (name == "label" && element.Closest("form") is not null)
            return true;

        // Within an article a header holds its title; outside it belongs to the site.
        if (name is "header" or "footer" or "aside" && element.Closest("article, main, section, [role=main], div.body") is null)
            return true;
        if (element.GetAttribute("style") is { } style && IsInvisible(style))
            return true;
        foreach (var token in element.ClassList)
        {
            if (SkippedClasses.Contains(token) || (!withContents && ContentsClasses.Contains(token)))
                return true;
        }

        return false;
    }

    public static bool IsBlock(IElement element) => Blocks.Contains(element.LocalName);

    public static bool IsCaption(IElement element) =>
        element.LocalName == "figcaption"
        || (element.ClassList.Contains("caption") && element.LocalName is "div" or "p")
        || (element.ClassList.Contains("title") && element.LocalName is "p" or "div" && element.ParentElement is { } parent && IsFigure(parent));

    public static bool IsFigure(IElement element) =>
        element.LocalName == "figure" || element.ClassList.Contains("figure") || element.ClassList.Contains("informalfigure");

    /// <summary>Whether the first caption in it is that of its pictures.</summary>
    public static bool JoinsCaption(IElement element) => IsFigure(element) || element.ClassList.Contains("mediaobject");

    /// <summary>The words of a title or caption on one line, without what is skipped inside it.</summary>
    public static string PlainText(IElement element) =>
        string.Join(' ', Words(element).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Words(INode node) => string.Concat(node.ChildNodes.Select(static child => child switch
    {
        IText text => text.Data,
        IElement inner when !IsSkipped(inner, withContents: true) => IsBlock(inner) ? $" {Words(inner)} " : Words(inner),
        _ => "",
    }));

    private static bool IsInvisible(string style)
    {
        var plain = style.Replace(" ", "", StringComparison.Ordinal);
        return plain.Contains("display:none", StringComparison.OrdinalIgnoreCase) || plain.Contains("visibility:hidden", StringComparison.OrdinalIgnoreCase);
    }
}
