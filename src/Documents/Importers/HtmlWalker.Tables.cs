using AngleSharp.Dom;

namespace UnifiedVlm.Documents.Importers;

/// <summary>Tables of data become a line a row; tables that only lay something out are read cell by cell.</summary>
internal sealed partial class HtmlWalker
{
    /// <summary>What makes a cell more than a line of text.</summary>
    private const string RichCell = "img, pre, table, ul, ol, dl, blockquote, p + p, figure";

    private void Table(IElement table, BlockKind kind)
    {
        if (table.QuerySelector(":scope > caption") is { } caption)
            Block(caption, kind, BlockKind.Paragraph);
        var rows = table.QuerySelectorAll(":scope > tr, :scope > thead > tr, :scope > tbody > tr, :scope > tfoot > tr");
        if (table.QuerySelector(RichCell) is not null || rows.All(static r => r.ChildElementCount < 2))
        {
            foreach (var cell in rows.SelectMany(static row => row.Children))
            {
                if (!HtmlRules.IsSkipped(cell, withContents))
                    Block(cell, kind, cell.LocalName == "th" ? BlockKind.Term : BlockKind.Paragraph);
            }

            return;
        }

        foreach (var row in rows)
        {
            // A row is one block, so what its cells hold is read as running text.
            foreach (var cell in row.Children)
            {
                if (HtmlRules.IsSkipped(cell, withContents))
                    continue;
                if (line.Length > 0)
                    line.Append(line[^1] == ' ' ? "| " : " | ");
                RunningText(cell);
            }

            EndBlock(BlockKind.TableRow);
        }
    }

    private void RunningText(INode node)
    {
        foreach (var child in node.ChildNodes)
        {
            if (child is IText text)
                AppendCollapsed(text.Data);
            else if (child is IElement { LocalName: "br" })
                AppendCollapsed(" ");
            else if (child is IElement element && !HtmlRules.IsSkipped(element, withContents))
                RunningText(element);
        }
    }
}
