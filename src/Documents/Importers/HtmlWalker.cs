using System.Text;
using AngleSharp.Dom;

namespace UnifiedVlm.Documents.Importers;

/// <summary>Walks one page in reading order and hands blocks and pictures to a <see cref="PartBuilder"/>.</summary>
internal sealed partial class HtmlWalker(PartBuilder output, PageContext page, bool withContents)
{
    private readonly StringBuilder line = new();
    private string marker = "";
    private int listDepth;

    public void Walk(IElement content)
    {
        Children(content, BlockKind.Paragraph);
        EndBlock(BlockKind.Paragraph);
    }

    private void Children(INode node, BlockKind kind)
    {
        foreach (var child in node.ChildNodes)
        {
            if (child is IText text)
                AppendCollapsed(text.Data);
            else if (child is IElement element && !HtmlRules.IsSkipped(element, withContents))
                Element(element, kind);
        }
    }

    private void Element(IElement element, BlockKind kind)
    {
        switch (element.LocalName)
        {
            case "br":
                line.Append('\n');
                break;
            case "img":
                Picture(element, kind);
                break;
            case "pre":
                EndBlock(kind);
                if (Verbatim(element) is { Length: > 0 } code)
                    Emit(BlockKind.Code, code);
                break;
            case "table":
                EndBlock(kind);
                Table(element, kind);
                break;
            case "ul" or "ol":
                EndBlock(kind);
                List(element);
                break;
            case "h1" or "h2" or "h3" or "h4" or "h5" or "h6":
                Block(element, kind, BlockKind.Heading);
                break;
            case "dt":
                Block(element, kind, BlockKind.Term);
                break;
            default:
                if (HtmlRules.IsCaption(element))
                    Block(element, kind, page.KeepsPicture(element) ? BlockKind.Caption : BlockKind.Paragraph);
                else if (HtmlRules.IsBlock(element))
                    Block(element, kind, kind is BlockKind.Heading or BlockKind.Term ? BlockKind.Paragraph : kind);
                else
                    Children(element, kind);
                break;
        }
    }

    private void Block(IElement element, BlockKind outer, BlockKind inner)
    {
        EndBlock(outer);
        Children(element, inner);
        EndBlock(inner);
    }

    private void List(IElement list)
    {
        listDepth++;
        var number = int.TryParse(list.GetAttribute("start"), out var start) ? start : 1;
        foreach (var item in list.Children)
        {
            if (HtmlRules.IsSkipped(item, withContents))
                continue;
            var outerMarker = marker;
            marker = new string(' ', 2 * (listDepth - 1)) + (list.LocalName == "ol" ? $"{number++}. " : "- ");
            Block(item, BlockKind.ListItem, BlockKind.ListItem);
            marker = outerMarker;
        }

        listDepth--;
    }

    private void Picture(IElement element, BlockKind kind)
    {
        var (picture, alt) = page.Picture(element);
        if (picture is not null)
        {
            EndBlock(kind);
            output.Add(picture);
        }
        else if (alt is not null)
        {
            AppendCollapsed(" " + alt + " ");
        }
    }

    private void EndBlock(BlockKind kind)
    {
        var text = line.ToString().Trim();
        line.Clear();
        if (text.Length > 0)
            Emit(kind, text);
    }

    private void Emit(BlockKind kind, string text)
    {
        output.Add(kind, marker + text);
        marker = "";
    }

    private void AppendCollapsed(string text)
    {
        foreach (var c in text)
        {
            if (!char.IsWhiteSpace(c))
                line.Append(c);
            else if (line.Length > 0 && line[^1] is not (' ' or '\n'))
                line.Append(c == '\u00A0' ? c : ' ');
        }
    }

    private string Verbatim(IElement element)
    {
        var code = new StringBuilder();
        AppendVerbatim(element, code);
        return code.ToString().Trim('\r', '\n').TrimEnd();
    }

    private void AppendVerbatim(INode node, StringBuilder code)
    {
        foreach (var child in node.ChildNodes)
        {
            if (child is IText text)
                code.Append(text.Data);
            else if (child is IElement { LocalName: "br" })
                code.Append('\n');
            else if (child is IElement element && !HtmlRules.IsSkipped(element, withContents))
                AppendVerbatim(element, code);
        }
    }
}
