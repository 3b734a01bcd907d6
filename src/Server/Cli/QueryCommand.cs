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
    public static Command Create()
    {
        var text = new Argument<string>("text") { Description = "The question's words", Arity = ArgumentArity.ZeroOrOne };
        var images = new Option<string[]>("--image") { Description = "A picture file of the question; may be given several times, pictures go before the words" };
        var k = Setting.Number("--k", "UVLM_K", 5, "Documents to show", minimum: 1);
        var answer = new Option<bool>("--answer") { Description = "Generate an answer from the documents found" };
        var adapter = Setting.Text("--adapter", "UVLM_ADAPTER", "", "Generate the answer with this adapter of the model folder; without it with the base");
        var json = new Option<bool>("--json") { Description = "Print JSON: the search result, with the answer in 'answer'" };
        var tenant = Setting.Text("--tenant", "UVLM_TENANT", InterleavedDocument.DefaultTenant, "Whose documents");
        var collection = Setting.Text("--collection", "UVLM_COLLECTION", "", "Only this collection");
        var filter = new FilterOptions();
        var command = new Command("query", "Search with words, pictures, or both, and answer from what is found.") { text, images, k, answer, adapter, json, tenant, collection };
        filter.AddTo(command);
        return NodeCommand.Create(command, async (node, result, cancellationToken) =>
        {
            var question = Question(result.GetValue(text), result.GetValue(images) ?? []);
            var condition = filter.Read(result);
            var where = result.GetValue(collection) is { Length: > 0 } name ? name : null;
            var queries = await node.StartQueriesAsync(cancellationToken);
            var found = await queries.SearchAsync(
                new SearchRequest(result.GetValue(tenant)!, question) { Collection = where, Filter = condition, K = result.GetValue(k) }, cancellationToken);
            var answering = result.GetValue(answer)
                ? queries.AnswerAsync(new AnswerRequest(result.GetValue(tenant)!, question) { Collection = where, Filter = condition, Sampling = Sampling(result.GetValue(adapter)) }, cancellationToken)
                : null;
            if (result.GetValue(json))
                await PrintJsonAsync(found, answering, cancellationToken);
            else
                await PrintAsync(node, found, answering, cancellationToken);
            return 0;
        }, result => _ = (Question(result.GetValue(text), result.GetValue(images) ?? []), filter.Read(result)));
    }

    private static SamplingOptions Sampling(string? adapter) =>
        SamplingOptions.Greedy with { Adapter = string.IsNullOrEmpty(adapter) ? null : adapter };

    private static InterleavedDocument Question(string? text, IReadOnlyList<string> images)
    {
        var parts = new List<DocumentPart>();
        foreach (var image in images)
            parts.Add(new ImagePart(new InlineImage(File.ReadAllBytes(image))));
        if (!string.IsNullOrWhiteSpace(text))
            parts.Add(new TextPart(text));
        if (parts.Count == 0)
            throw new UsageException("There is no question: give words, --image FILE, or both.");
        return new InterleavedDocument { Id = "question", Parts = parts };
    }

    private static async Task PrintAsync(Node node, SearchResponse found, IAsyncEnumerable<AnswerEvent>? answering, CancellationToken cancellationToken)
    {
        HitTable.Write(SearchAnswer.From(found).Hits);
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

    private static async Task PrintJsonAsync(SearchResponse found, IAsyncEnumerable<AnswerEvent>? answering, CancellationToken cancellationToken)
    {
        var result = JsonSerializer.SerializeToNode(SearchAnswer.From(found), ApiJson.Default.SearchAnswer)!.AsObject();
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
