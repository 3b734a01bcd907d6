namespace UnifiedVlm.Tests.Unit.Architecture;

/// <summary>Reads the tables of a Markdown text.</summary>
public static class MarkdownTable
{
    /// <summary>The cells of every row of every table, header and rule lines left out.</summary>
    public static IReadOnlyList<string[]> Rows(string markdown)
    {
        var lines = markdown.Split('\n');
        var rows = new List<string[]>();
        for (var i = 0; i < lines.Length; i++)
        {
            var isHeader = i + 1 < lines.Length && IsRule(lines[i + 1]);
            if (lines[i].StartsWith('|') && !IsRule(lines[i]) && !isHeader)
            {
                rows.Add([.. lines[i].Trim().Trim('|').Split('|').Select(cell => cell.Trim())]);
            }
        }

        return rows;
    }

    private static bool IsRule(string line) => line.StartsWith('|') && line.Trim().All(c => c is '|' or '-' or ':' or ' ');
}
