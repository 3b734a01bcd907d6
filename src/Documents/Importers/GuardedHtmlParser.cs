using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace UnifiedVlm.Documents.Importers;

/// <summary>
/// AngleSharp with bounds: its time grows with the square of the nesting, unclosed formatting elements are opened again in every block
/// and multiply, and walking the tree takes stack.
/// </summary>
internal sealed class GuardedHtmlParser
{
    /// <summary>As deep as browsers nest.</summary>
    private const int MaxNesting = 512;

    private const int MaxElements = 1_000_000;

    /// <summary>How many elements may come between two looks at the nesting.</summary>
    private const int Stride = 256;

    /// <summary>
    /// Bytes per byte of HTML: manuals take 20 to 30, a page of nothing but short elements 140. Copies that the parser makes of formatting
    /// elements are seen only here.
    /// </summary>
    private const long MaxExpansion = 200;

    private const long FreeBytes = 64L << 20;

    private readonly long maxAllocated;
    private int elements;
    private INode? previous;

    private GuardedHtmlParser(long length) => maxAllocated = GC.GetAllocatedBytesForCurrentThread() + FreeBytes + (length * MaxExpansion);

    /// <exception cref="DocumentRejectedException">The page is too deep or has too many elements.</exception>
    public static IHtmlDocument Parse(string html) => Checked(new GuardedHtmlParser(html.Length).Parser().ParseDocument(html));

    /// <param name="html">Can seek: its length is asked for.</param>
    /// <exception cref="DocumentRejectedException">The page is too deep or has too many elements.</exception>
    public static IHtmlDocument Parse(Stream html) => Checked(new GuardedHtmlParser(html.Length).Parser().ParseDocument(html));

    private HtmlParser Parser() => new(new HtmlParserOptions { OnCreated = (element, _) => OnCreated(element) });

    private void OnCreated(IElement element)
    {
        if (++elements > MaxElements || GC.GetAllocatedBytesForCurrentThread() > maxAllocated)
            throw new DocumentRejectedException("$", "has too many elements", "Split the page, and close what it opens.");

        // An element is told of before it has its place, so the one before it is looked at.
        if (elements % Stride == 0 && Depth(previous) > MaxNesting)
            throw TooDeep();
        previous = element;
    }

    private static int Depth(INode? node)
    {
        var depth = 0;
        for (; node is not null; node = node.Parent)
            depth++;
        return depth;
    }

    /// <summary>Without recursion, because it guards recursive walks.</summary>
    private static IHtmlDocument Checked(IHtmlDocument page)
    {
        var depth = 0;
        INode? node = page;
        while (node is not null)
        {
            if (node.FirstChild is { } child)
            {
                node = child;
                if (++depth > MaxNesting)
                    throw TooDeep();
                continue;
            }

            while (node is not null && node.NextSibling is null)
            {
                node = node.Parent;
                depth--;
            }

            node = node?.NextSibling;
        }

        return page;
    }

    private static DocumentRejectedException TooDeep() => new("$", $"is nested deeper than {MaxNesting} elements", "Simplify the page.");
}
