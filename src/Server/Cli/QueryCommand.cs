using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Server.Http;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm query</c>: search with words and pictures, and answer from what is found.</summary>
internal static class QueryCommand
{
    private const int DefaultEvidence = 4;

    public static Command Create()
    {
        var question = new QuestionOptions();
        var k = Setting.Number("--k", "UVLM_K", 5, "Documents or parts to show", minimum: 1);
        var answer = new Option<bool>("--answer") { Description = "Generate an answer from the documents found" };
        var adapter = Setting.Text("--adapter", "UVLM_ADAPTER", "", "Generate the answer with this adapter of the model folder; without it with the base");
        var json = new Option<bool>("--json") { Description = "Print JSON: the search result, with the answer in 'answer'" };
        var tenant = Setting.Text("--tenant", "UVLM_TENANT", InterleavedDocument.DefaultTenant, "Whose documents");
        var collection = Setting.Text("--collection", "UVLM_COLLECTION", "", "Only this collection");
        var command = new Command("query", "Search with words, pictures, or both, for documents or parts of them, and answer from what is found.");
        question.AddTo(command);
        foreach (var option in new Option[] { k, answer, adapter, json, tenant, collection })
            command.Options.Add(option);
        // Read once, before anything is started: standard input can't be read again.
        Question? asked = null;
        return NodeCommand.Create(command, async (node, result, cancellationToken) =>
        {
            var queries = await node.StartQueriesAsync(cancellationToken);
            var found = await queries.SearchAsync(asked!.ToSearch(result.GetValue(k)), cancellationToken);
            var answering = result.GetValue(answer)
                ? queries.AnswerAsync((asked with { K = null }).ToAnswer(DefaultEvidence) with { Sampling = Sampling(result.GetValue(adapter)) }, cancellationToken)
                : null;
            var shown = SearchAnswer.From(found, asked.Mode);
            if (result.GetValue(json))
                await PrintJsonAsync(shown, answering, cancellationToken);
            else
                await PrintAsync(node, shown, answering, cancellationToken);
            return 0;
        }, result =>
        {
            var where = result.GetValue(collection) is { Length: > 0 } name ? name : null;
            asked = question.Read(result, result.GetValue(tenant)!, where, result.GetValue(k));
            if (result.GetValue(answer))
                _ = asked.ToAnswer(DefaultEvidence);
        });
    }

    private static SamplingOptions Sampling(string? adapter) =>
        SamplingOptions.Greedy with { Adapter = string.IsNullOrEmpty(adapter) ? null : adapter };

    private static async Task PrintAsync(Node node, SearchAnswer found, IAsyncEnumerable<AnswerEvent>? answering, CancellationToken cancellationToken)
    {
        if (found.Parts is { } parts)
            HitTable.Write(parts);
        else
            HitTable.Write(found.Hits);
        if (answering is null)
            return;
        if (!node.Model.IsTrained)
            AnsiConsole.MarkupLine("[yellow]The weights come from a seed: the answer shows that generation works, not what a trained model knows.[/]");
        await foreach (var happened in answering.WithCancellation(cancellationToken))
        {
            if (happened is TokenEvent token)
                AnsiConsole.Write(new Text(token.Token.Text));
        }

        AnsiConsole.WriteLine();
    }

    private static async Task PrintJsonAsync(SearchAnswer found, IAsyncEnumerable<AnswerEvent>? answering, CancellationToken cancellationToken)
    {
        var result = JsonSerializer.SerializeToNode(found, ApiJson.Default.SearchAnswer)!.AsObject();
        if (answering is not null)
        {
            await foreach (var happened in answering.WithCancellation(cancellationToken))
            {
                if (happened is DoneEvent done)
                    result["answer"] = done.Text;
            }
        }

        Console.WriteLine(result.ToJsonString());
    }
}
