using System.CommandLine;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Search.Recall;

namespace UnifiedVlm.Server.Cli.Retrieval;

/// <summary><c>uvlm bench recall</c>: what the vector index finds of the user's own data, and how long it takes, by setting.</summary>
internal static class BenchCommand
{
    private const int MostQuestionParts = 8;

    public static Command Create()
    {
        var command = new Command("bench", "Measure the store on its own data.");
        command.Subcommands.Add(CreateRecall());
        return command;
    }

    private static Command CreateRecall()
    {
        var settings = new NodeSettings();
        var logLevel = Logs.CreateOption("warning");
        var samples = new Option<int>("--samples") { Description = "Stored vectors of each table that are looked for", DefaultValueFactory = static _ => 200 };
        var queries = new Option<string?>("--queries") { Description = "In place of stored vectors: questions, a line each as POST /v1/search takes them; needs the model" }.NotEmpty();
        var k = new Option<int>("--k") { Description = "The nearest that are to be found", DefaultValueFactory = static _ => 10 };
        var efSearch = new Option<string>("--ef") { Description = "Settings of hnsw.ef_search, separated by commas", DefaultValueFactory = static _ => "20,40,70,100,200,400" };
        var candidates = new Option<int>("--candidates") { Description = "As a search asks: so many documents, and twice as many parts", DefaultValueFactory = static _ => 200 };
        var target = new Option<double>("--target") { Description = "The recall that the recommended setting reaches", DefaultValueFactory = static _ => 0.99 };
        var tenant = Setting.Text("--tenant", "UVLM_TENANT", InterleavedDocument.DefaultTenant, "Whose vectors");
        var collection = Setting.Text("--collection", "UVLM_COLLECTION", "", "Only this collection");
        var command = new Command("recall", "Compare the HNSW indexes with a look at every vector, at several ef_search: a table, and a recommendation.");
        foreach (var option in new Option[] { samples, queries, k, efSearch, candidates, target, tenant, collection, logLevel })
            command.Options.Add(option);
        settings.AddTo(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            AtLeastOne(result, samples, k, candidates);
            var settingsOfIndex = ReadList(result.GetValue(efSearch)!);
            if (result.GetValue(target) is <= 0 or > 1 or double.NaN)
                throw new UsageException("--target must be above 0 and at most 1.");
            if (result.GetValue(candidates) < result.GetValue(k))
                throw new UsageException("--candidates must not be below --k: a search asks for more than it shows.");
            var where = result.GetValue(collection) is { Length: > 0 } name ? name : null;
            var bench = new RecallBench(
                result.GetValue(tenant)!, where, result.GetValue(k), result.GetValue(candidates), settingsOfIndex, result.GetValue(target));
            var options = settings.Read(result);
            var place = StoreCommand.Options(options.Database, options.DataDirectory);
            StoreCommand.CheckThere(place);
            using var loggers = Logs.CreateFactory(result.GetValue(logLevel)!);
            if (result.GetValue(queries) is { } file)
            {
                var documents = QuestionLines.Read(file).Select(static line => line.Question.Document ?? throw new UsageException("--queries: a question is made of text or parts.")).ToArray();
                await using var node = await Node.StartAsync(options, loggers, cancellationToken);
                var (parts, wholes) = await EncodeAsync(node, documents, cancellationToken);
                return await bench.RunAsync(node.Store, (table, _) => Task.FromResult(table == RecallTable.Parts ? parts : wholes), cancellationToken);
            }

            await using var store = await Store.OpenAsync(place, loggers, cancellationToken);
            return await bench.RunAsync(store, (table, probe) => probe.SampleAsync(table, result.GetValue(samples), cancellationToken), cancellationToken);
        });
        return command;
    }

    /// <summary>A search looks for the first parts of a question; so does this.</summary>
    private static async Task<(IReadOnlyList<RecallQuestion> Parts, IReadOnlyList<RecallQuestion> Wholes)> EncodeAsync(
        Node node, InterleavedDocument[] documents, CancellationToken cancellationToken)
    {
        var queries = await node.StartQueriesAsync(cancellationToken);
        var (parts, wholes) = (new List<RecallQuestion>(), new List<RecallQuestion>());
        foreach (var chunk in documents.Chunk(64))
        {
            foreach (var embedded in await queries.EmbedAsync(chunk, cancellationToken))
            {
                wholes.Add(new RecallQuestion(embedded.Embedding.DocumentVector, Excluded: null));
                for (var part = 0; part < Math.Min(MostQuestionParts, embedded.Embedding.Parts.Count); part++)
                    parts.Add(new RecallQuestion(embedded.Embedding.PartVector(part), Excluded: null));
            }
        }

        return (parts, wholes);
    }

    private static int[] ReadList(string text)
    {
        var values = text.Split(',', StringSplitOptions.TrimEntries).Select(static item => int.TryParse(item, out var value) && value is >= 1 and <= 1000 ? value : 0).ToArray();
        return values.Contains(0) ? throw new UsageException($"--ef: '{text}' is no list of whole numbers from 1 to 1000, separated by commas.") : [.. values.Distinct().Order()];
    }

    private static void AtLeastOne(ParseResult result, params Option<int>[] options)
    {
        if (options.FirstOrDefault(option => result.GetValue(option) < 1) is { } wrong)
            throw new UsageException($"{wrong.Name} must be at least 1.");
    }
}
