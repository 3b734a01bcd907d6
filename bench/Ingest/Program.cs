// Ingestion against a bare loop over the same documents: dotnet run -c Release --project bench/Ingest -- --help
using System.CommandLine;
using UnifiedVlm.Bench.Ingest;
using UnifiedVlm.Model;
using UnifiedVlm.Torch;

var root = new RootCommand("Ingestion (broker, node, PostgreSQL) against a bare loop of the same decoding, tokenising and encoding, in turns.");
var read = BenchOptions.AddTo(root);
var json = new Option<bool>("--json") { Description = "The report as JSON" };
var sizes = new Option<int[]>("--try-pass-tokens") { Description = "Only the bare loop, with these values of --pass-tokens in turns", AllowMultipleArgumentsPerToken = true };
var memory = new Option<bool>("--memory") { Description = "500 encode steps: live handles and resident size" };
root.Options.Add(json);
root.Options.Add(sizes);
root.Options.Add(memory);
root.SetAction(async (result, _) =>
{
    var options = read(result);
    var corpus = Corpus.Load(options.Corpus, options.Documents);
    torch.memory.tune();
    torch.set_num_threads(options.Threads);
    if (result.GetValue(sizes) is { Length: > 0 } tried)
        return LoopTuning.Run(options, corpus, tried);
    using var model = UnifiedModelLoader.Load(options.Model, "cpu", seed: 1, options.Encoding);
    if (result.GetValue(memory))
        return MemoryRun.Run(model, corpus);
    var loop = new BareLoop(model, options);
    var product = new ProductRun(options, corpus);
    loop.Run(corpus.WarmUpJson);
    var (loops, products, peak) = (new List<LoopResult>(), new List<ProductResult>(), 0.0);
    for (var round = 1; round <= options.Rounds; round++)
    {
        peak = Math.Max(peak, SgemmPeak.Measure());
        loops.Add(loop.Run(corpus.Json));
        Console.Error.WriteLine($"round {round}: loop {loops[^1].Seconds:F2} s, {loops[^1].ProcessorSeconds:F2} CPU s");
        products.Add(await product.RunAsync());
        Console.Error.WriteLine($"round {round}: product {products[^1].Seconds:F2} s, {products[^1].ProcessorSeconds:F2} CPU s");
    }

    var report = new Report(options, corpus.Documents.Count, corpus.Pictures, corpus.Characters, corpus.Bytes, peak, loops, products);
    if (result.GetValue(json))
        Console.WriteLine(report.ToJson());
    else
        report.Print(Console.Out);
    return 0;
});

var node = new Command(NodeProcess.Name, "For the bench itself.") { Hidden = true };
var readNode = BenchOptions.AddTo(node);
var bootstrap = new Option<string>("--bootstrap") { Required = true };
var data = new Option<string>("--data") { Required = true };
node.Options.Add(bootstrap);
node.Options.Add(data);
node.SetAction((result, _) => NodeProcess.RunAsync(readNode(result), result.GetValue(bootstrap)!, result.GetValue(data)!));
root.Subcommands.Add(node);

var broker = new Command(BrokerProcess.Name, "For the bench itself.") { Hidden = true };
var partitions = new Option<int>("--partitions") { Required = true };
broker.Options.Add(partitions);
broker.SetAction(result => BrokerProcess.Run(result.GetValue(partitions)));
root.Subcommands.Add(broker);

return await root.Parse(args).InvokeAsync();
