namespace UnifiedVlm.Documents.Importers;

internal enum BlockKind
{
    Paragraph,
    Heading,
    ListItem,
    Term,
    TableRow,
    Code,
    Caption,
}
