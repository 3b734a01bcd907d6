using System.Text;

namespace UnifiedVlm.Documents.Importers;

/// <summary>Gathers blocks of text into parts of a useful length and keeps pictures between them where they stand.</summary>
internal sealed class PartBuilder(int targetLength)
{
    private readonly List<DocumentPart> parts = [];
    private readonly StringBuilder text = new();
    private readonly StringBuilder term = new();
    private BlockKind last;
    private bool onlyHeadings = true;

    /// <summary>Whether anything but headings has come.</summary>
    public bool HasContent { get; private set; }

    public void Add(BlockKind kind, string block)
    {
        if (block.Length == 0)
            return;
        if (kind == BlockKind.Term)
        {
            // A term belongs to what explains it: they may not be parted.
            term.Append(term.Length == 0 ? "" : "\n").Append(block);
            return;
        }

        if (term.Length > 0 && kind is not (BlockKind.Heading or BlockKind.Caption))
        {
            block = $"{term}\n{block}";
            term.Clear();
        }

        EndTerm();
        Append(kind, block);
    }

    public void Add(ImagePart picture)
    {
        EndTerm();
        Flush();
        parts.Add(picture);
        HasContent = true;
    }

    public List<DocumentPart> Build()
    {
        EndTerm();
        Flush();
        return parts;
    }

    private void EndTerm()
    {
        if (term.Length > 0)
            Append(BlockKind.Paragraph, term.ToString());
        term.Clear();
    }

    private void Append(BlockKind kind, string block)
    {
        // A caption is a part of its own beside its picture; a heading opens a part and is never left alone at the end of one.
        var full = text.Length + block.Length > targetLength || kind == BlockKind.Heading || last == BlockKind.Caption;
        if (kind == BlockKind.Caption || (full && !onlyHeadings))
            Flush();
        if (text.Length > 0)
            text.Append(last == kind && kind is BlockKind.ListItem or BlockKind.TableRow ? "\n" : "\n\n");
        text.Append(block);
        last = kind;
        onlyHeadings &= kind == BlockKind.Heading;
        HasContent |= kind != BlockKind.Heading;
    }

    private void Flush()
    {
        if (text.Length > 0)
            parts.Add(new TextPart(text.ToString()));
        text.Clear();
        onlyHeadings = true;
        last = BlockKind.Paragraph;
    }
}
