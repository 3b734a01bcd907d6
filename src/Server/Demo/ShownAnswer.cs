using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace UnifiedVlm.Server.Demo;

/// <summary>One question put to the node and shown on the terminal: ranked documents, the parts that matched, the streamed answer.</summary>
internal static class ShownAnswer
{
    public static async Task ShowAsync(NodeClient node, string heading, JsonObject question, CancellationToken cancellationToken)
    {
        AnsiConsole.Write(new Rule($"[bold]{Markup.Escape(heading)}[/]") { Justification = Justify.Left });
        var answering = false;
        await foreach (var (name, data) in node.AnswerAsync(question, cancellationToken))
        {
            switch (name)
            {
                case "evidence":
                    ShowHits(data);
                    break;
                case "token":
                    if (!answering)
                        AnsiConsole.Markup("[bold]answer[/] ");
                    answering = true;
                    AnsiConsole.Write(new Text(data.GetProperty("text").GetString()!));
                    break;
                case "error":
                    throw new InvalidDataException($"The answer failed: {data.GetProperty("detail").GetString()}");
            }
        }

        AnsiConsole.WriteLine();
        AnsiConsole.WriteLine();
    }

    private static void ShowHits(JsonElement data)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("", "document", "score", "what matched");
        var rank = 0;
        foreach (var hit in data.GetProperty("hits").EnumerateArray())
        {
            var matches = hit.GetProperty("matches").EnumerateArray().Take(3).Select(Describe);
            var title = hit.TryGetProperty("title", out var value) ? value.GetString()! : hit.GetProperty("id").GetString()!;
            table.AddRow(new Text($"{++rank}"), new Text(title), new Text($"{hit.GetProperty("score").GetDouble():0.000}"), new Text(string.Join('\n', matches)));
        }

        AnsiConsole.Write(table);
    }

    private static string Describe(JsonElement match)
    {
        var similarity = match.GetProperty("similarity").GetDouble();
        if (!match.TryGetProperty("text", out var text))
            return $"{similarity:0.00} picture: {(match.TryGetProperty("alt", out var alt) ? alt.GetString() : "untitled")}";
        var line = string.Join(' ', text.GetString()!.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return $"{similarity:0.00} {(line.Length > 90 ? line[..89] + "…" : line)}";
    }
}
