using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;
using UnifiedVlm.Server.Cli;
using UnifiedVlm.Server.Http;

namespace UnifiedVlm.Server.Demo;

/// <summary>One question put to the node and shown on the terminal: ranked documents, the parts that matched, the streamed answer.</summary>
internal static class ShownAnswer
{
    public static async Task ShowAsync(NodeClient node, string heading, JsonObject question, CancellationToken cancellationToken)
    {
        AnsiConsole.Write(new Rule($"[bold]{Markup.Escape(heading)}[/]") { Justification = Justify.Left });
        await foreach (var (name, data) in node.AnswerAsync(question, cancellationToken))
        {
            switch (name)
            {
                case "evidence":
                    HitTable.Write(data.Deserialize(ApiJson.Default.SearchAnswer)!.Hits);
                    AnsiConsole.Markup("[bold]answer:[/] ");
                    break;
                case "token":
                    AnsiConsole.Write(new Text(data.GetProperty("text").GetString()!));
                    break;
                case "error":
                    throw new InvalidDataException($"The answer failed: {data.GetProperty("detail").GetString()}");
            }
        }

        AnsiConsole.WriteLine();
        AnsiConsole.WriteLine();
    }
}
