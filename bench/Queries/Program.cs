// What a text query costs in a store of 200,000 documents, and what alignment costs by itself: dotnet run -c Release --project bench/Queries -- --help
// The first run fills the store and builds its indexes (half an hour on two cores); later ones go on with the same folder.
using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging;
using UnifiedVlm.Bench.Queries;
using UnifiedVlm.Torch;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var manuals = new Option<string>("--manuals") { DefaultValueFactory = static _ => "build/data", Description = "What deploy/data.sh makes: pages and questions" };
var model = new Option<string>("--model") { DefaultValueFactory = static _ => "models/uvlm-tiny", Description = "Folder of the checkpoint" };
var data = new Option<string>("--data") { DefaultValueFactory = static _ => Path.Combine(Path.GetTempPath(), "uvlm-bench-queries"), Description = "Folder of the private PostgreSQL; kept, so that another run finds it filled" };
var documents = Number("--documents", 200_000, "Documents of six parts");
var passages = Number("--passages", 20_000, "Real passages that they grow from, at most; the manuals have some 17,000");
var noise = new Option<double>("--noise") { DefaultValueFactory = static _ => 0.3, Description = "Length of the noise that a grown vector gets, of a vector of length 1" };
var queries = Number("--queries", 600, "Half of them questions, half paragraphs of pages that were held out");
var recall = Number("--recall", 500, "So many of them are also answered by looking at every vector");
var rounds = Number("--rounds", 3, "Passes over the queries, of which the quietest counts");
var efSearch = Number("--ef-search", 0, "hnsw.ef_search; 0 is the product's own");
var candidates = Number("--candidates", 0, "Documents to rerank; 0 is the product's own");
var threads = Number("--threads", Environment.ProcessorCount, "Of the encoder");
var root = new RootCommand("Text queries to a large store, stage by stage, with their recall; and alignment by itself.");
foreach (var option in new Option[] { manuals, model, data, documents, passages, noise, queries, recall, rounds, efSearch, candidates, threads })
    root.Options.Add(option);
root.SetAction(async (result, cancellationToken) =>
{
    using var loggers = LoggerFactory.Create(static logging => logging.AddSimpleConsole(static console => console.SingleLine = true).AddFilter("Npgsql", LogLevel.Warning));
    torch.memory.tune();
    var pages = new Manuals(result.GetValue(manuals)!);
    await using var encoder = await BenchEncoder.StartAsync(result.GetValue(model)!, result.GetValue(threads), loggers, cancellationToken);
    var filling = new Filling(result.GetValue(data)!, encoder, loggers);
    await filling.FillAsync(pages, result.GetValue(passages), result.GetValue(documents), result.GetValue(noise), cancellationToken);
    await using var store = await filling.OpenIndexedAsync(cancellationToken);
    var bench = new SearchBench(store, encoder, pages.Queries(result.GetValue(queries)))
    {
        EfSearch = result.GetValue(efSearch) is > 0 and var ef ? ef : null,
        Candidates = result.GetValue(candidates) is > 0 and var count ? count : null,
    };
    await bench.RunAsync(result.GetValue(rounds), cancellationToken);
    await bench.RecallAsync(result.GetValue(recall), cancellationToken);
    AlignmentBench.Run();
});

var alignment = new Command("alignment", "Alignment by itself; no store, no model.");
alignment.SetAction(static _ => AlignmentBench.Run());
root.Subcommands.Add(alignment);
return await root.Parse(args).InvokeAsync();

static Option<int> Number(string name, int fallback, string description) => new(name) { DefaultValueFactory = _ => fallback, Description = description };
