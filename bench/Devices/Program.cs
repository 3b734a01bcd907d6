// The same documents and prompts on the CPU and on a GPU: dotnet run -c Release --project bench/Devices -- [--corpus FOLDER] [--documents N]
// Figures are the fastest of three rounds; MFU is the share of what large matrix products reach on the same device in the same type.
using System.CommandLine;
using System.Globalization;
using UnifiedVlm.Bench.Devices;
using UnifiedVlm.Documents.Importers;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Torch;

var modelOption = new Option<string>("--model") { DefaultValueFactory = static _ => "models/uvlm-tiny" };
var corpusOption = new Option<string>("--corpus") { DefaultValueFactory = static _ => "build/corpus" };
var countOption = new Option<int>("--documents") { DefaultValueFactory = static _ => 1000 };
var skipCpu = new Option<bool>("--skip-cpu") { Description = "Compare with the GPU's own float32" };
var root = new RootCommand("Encoding and generating on each device") { modelOption, corpusOption, countOption, skipCpu };
root.SetAction(result =>
{
    var (tiny, corpus, count) = (result.GetValue(modelOption)!, result.GetValue(corpusOption)!, result.GetValue(countOption));
    if (torch.cuda.device_count() == 0)
        Console.Error.WriteLine("No GPU is found; the CPU alone is measured.");
    Report("uvlm-tiny", tiny, corpus, count, result.GetValue(skipCpu));
    var folder = Directory.CreateTempSubdirectory("uvlm-bench-").FullName;
    if (torch.cuda.device_count() > 0)
        Report("370 million weights, random", ModelFolders.Medium(tiny, Path.Combine(folder, "medium")), corpus, count, skipCpu: true);
    Directory.Delete(folder, recursive: true);
});
return root.Parse(args).Invoke();

static void Report(string name, string folder, string corpus, int count, bool skipCpu)
{
    var threads = Environment.ProcessorCount;
    var documents = Prepare(folder, corpus, count);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{name}: {documents.Count} documents, {documents.Sum(static d => d.TokenCount)} tokens, {documents.Sum(static d => d.Windows.Sum(static w => w.ImageCount))} pictures; {threads} CPU threads, libtorch {torch.__version__}\n"));
    Console.WriteLine("| | documents/s | tokens/s | TFLOP/s | MFU | least cosine to the first row | one text, tokens/s | 32 texts | texts equal to the first row's |");
    Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
    SetupResult? first = null;
    foreach (var setup in (skipCpu ? [] : new[] { Setup.Reference }).Concat(torch.cuda.device_count() > 0 ? Setup.OfGpu : []))
    {
        var r = new Measurement(folder, documents).Run(setup, threads);
        first ??= r;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {setup.Name} | {r.DocumentsPerSecond:0} | {r.TokensPerSecond:0} | {r.FlopPerSecond / 1e12:0.00} | {r.FlopPerSecond / r.PeakFlopPerSecond:P1} of {r.PeakFlopPerSecond / 1e12:0.0} TFLOP/s | {r.LeastCosine(first):0.00000} | {r.OneTextTokensPerSecond:0} | {r.ManyTextsTokensPerSecond:0} | {r.EqualTexts(first)} of {r.Texts.Length} |"));
    }

    foreach (var document in documents)
        document.Dispose();
}

static List<PreparedDocument> Prepare(string folder, string corpus, int count)
{
    var preparer = ModelParts.Load(folder, seed: 1).Preparer;
    var all = new CorpusImporter(corpus, new ImportOptions { Collection = "bench", VersionFromFileTime = true }).Import().Take(count).ToList();
    var prepared = new PreparedDocument[all.Count];
    Parallel.For(0, all.Count, i => prepared[i] = preparer.Prepare(all[i], CancellationToken.None));
    return [.. prepared];
}
