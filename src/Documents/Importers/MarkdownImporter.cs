using Markdig;
using Markdig.Extensions.EmphasisExtras;

namespace UnifiedVlm.Documents.Importers;

/// <summary>Turns Markdown files into documents, by way of HTML: raw HTML inside them and the extensions then follow the same rules.</summary>
public sealed class MarkdownImporter
{
    /// <summary>Nothing that reads prose as something else: of <c>{name}</c> generic attributes would leave nothing, of <c>^^ words</c> footers.</summary>
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .UseAlertBlocks()
        .UseDefinitionLists()
        .UseEmphasisExtras(EmphasisExtraOptions.Strikethrough)
        .UseFootnotes()
        .UseGridTables()
        .UseMathematics()
        .UsePipeTables()
        .UseAutoLinks()
        .UseYamlFrontMatter()
        .Build();

    private readonly HtmlImporter pages;

    /// <summary>For texts without picture files.</summary>
    public MarkdownImporter(ImportOptions? options = null)
        : this(new HtmlImporter(options))
    {
    }

    internal MarkdownImporter(HtmlImporter pages) => this.pages = pages;

    /// <summary>Imports one file.</summary>
    /// <param name="id">The document's id.</param>
    /// <param name="markdown">CommonMark with tables, footnotes, definition lists; <c>title</c> and <c>lang</c> of a YAML front matter are read.</param>
    /// <param name="folder">Where the file stands, relative to the root: picture paths count from here.</param>
    /// <returns>Null when the file has neither words nor pictures.</returns>
    /// <exception cref="DocumentRejectedException">The text is nested absurdly deep or beyond a limit.</exception>
    public InterleavedDocument? Import(string id, string markdown, string folder = "")
    {
        var front = FrontMatter(markdown);
        return pages.Import(id, ToHtml(markdown), folder, front.GetValueOrDefault("title"), front.GetValueOrDefault("lang") ?? front.GetValueOrDefault("language"));
    }

    internal IReadOnlyList<string> Pictures(string markdown, string folder) => pages.Pictures(ToHtml(markdown), folder);

    private static string ToHtml(string markdown)
    {
        try
        {
            return Markdown.ToHtml(markdown, Pipeline);
        }
        catch (ArgumentException e)
        {
            // Markdig's own depth limit.
            throw new DocumentRejectedException("$", "is not usable Markdown: " + e.Message, "Simplify the text.", e);
        }
    }

    /// <summary>The plain <c>name: value</c> lines between the two <c>---</c> at the start.</summary>
    private static Dictionary<string, string> FrontMatter(string markdown)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        using var lines = new StringReader(markdown);
        if (lines.ReadLine()?.TrimEnd() != "---")
            return values;
        while (lines.ReadLine() is { } line && line.TrimEnd() is not ("---" or "..."))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line[(colon + 1)..].Trim().Trim('"', '\'') is { Length: > 0 } value)
                values[line[..colon].Trim()] = value;
        }

        return values;
    }
}
