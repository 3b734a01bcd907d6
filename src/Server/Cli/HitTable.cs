using System.Globalization;
using Spectre.Console;
using UnifiedVlm.Server.Http;

namespace UnifiedVlm.Server.Cli;

/// <summary>Ranked documents and the parts that matched, on the terminal.</summary>
internal static class HitTable
{
    private const int MatchesShown = 3;
    private const int SnippetWidth = 90;

    public static void Write(IReadOnlyList<FoundDocument> hits)
    {
        if (hits.Count == 0)
        {
            AnsiConsole.WriteLine("Nothing was found.");
            return;
        }

        var table = new Table().Border(TableBorder.Rounded).AddColumns("", "document", "score", "what matched");
        for (var rank = 0; rank < hits.Count; rank++)
        {
            var hit = hits[rank];
            table.AddRow(
                new Text((rank + 1).ToString(CultureInfo.InvariantCulture)),
                new Text(hit.Title ?? hit.Id),
                new Text(hit.Score.ToString("0.000", CultureInfo.InvariantCulture)),
                new Text(string.Join('\n', hit.Matches.Take(MatchesShown).Select(Describe))));
        }

        AnsiConsole.Write(table);
    }

    public static void Write(IReadOnlyList<FoundPart> parts)
    {
        if (parts.Count == 0)
        {
            AnsiConsole.WriteLine("Nothing was found.");
            return;
        }

        var table = new Table().Border(TableBorder.Rounded).AddColumns("", "document", "part", "score", "what it says");
        for (var rank = 0; rank < parts.Count; rank++)
        {
            var part = parts[rank];
            table.AddRow(
                new Text((rank + 1).ToString(CultureInfo.InvariantCulture)),
                new Text(part.Title ?? part.Id),
                new Text(part.Part.ToString(CultureInfo.InvariantCulture)),
                new Text(part.Score.ToString("0.000", CultureInfo.InvariantCulture)),
                new Text(OneLine(part.Text ?? $"picture: {part.Alt ?? "untitled"}")));
        }

        AnsiConsole.Write(table);
    }

    private static string Describe(FoundMatch match)
    {
        var similarity = match.Similarity.ToString("0.00", CultureInfo.InvariantCulture);
        if (match.Text is null)
            return $"{similarity} picture: {OneLine(match.Alt ?? "untitled")}";
        return $"{similarity} {OneLine(match.Text)}";
    }

    private static string OneLine(string text)
    {
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length > SnippetWidth ? line[..(SnippetWidth - 1)] + "…" : line;
    }
}
