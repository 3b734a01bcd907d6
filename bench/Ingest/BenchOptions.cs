using System.CommandLine;
using System.Globalization;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Streams.Pipeline;

namespace UnifiedVlm.Bench.Ingest;

/// <summary>What is measured, and the knobs of both sides. A knob left at its default is the product's own.</summary>
internal sealed record BenchOptions
{
    /// <summary>A folder that <c>CorpusImporter</c> reads.</summary>
    public required string Corpus { get; init; }

    public required string Model { get; init; }

    /// <summary>Only the first so many, spread evenly over the corpus; 0 is all.</summary>
    public required int Documents { get; init; }

    /// <summary>Times that loop and product run, in turns.</summary>
    public required int Rounds { get; init; }

    public required int Threads { get; init; }

    public required int TokensPerPass { get; init; }

    public required int BatchTokens { get; init; }

    public required int PrepareWorkers { get; init; }

    public required int Partitions { get; init; }

    public required int HnswM { get; init; }

    public required int HnswEfConstruction { get; init; }

    /// <summary>StoreOptions.HnswFromVectors; 1 shows what the index costs once it is there.</summary>
    public required int HnswFrom { get; init; }

    public HnswOptions Hnsw => new(HnswM, HnswEfConstruction);

    public EncoderOptions Encoding => new() { ParallelPasses = Threads, TokensPerPass = TokensPerPass };

    public DeviceOptions Device => new() { MaxBatchTokens = BatchTokens };

    public IngestPipelineOptions Pipeline => new() { DecodeParallelism = Threads, PrepareWorkers = PrepareWorkers };

    /// <summary>The options as a child process takes them.</summary>
    public IEnumerable<string> ToArguments() =>
    [
        "--model", Model, "--threads", Text(Threads), "--pass-tokens", Text(TokensPerPass), "--batch-tokens", Text(BatchTokens),
        "--prepare-workers", Text(PrepareWorkers), "--partitions", Text(Partitions),
        "--hnsw-m", Text(HnswM), "--hnsw-ef", Text(HnswEfConstruction), "--hnsw-from", Text(HnswFrom),
    ];

    public static Reader AddTo(Command command)
    {
        var encoder = new EncoderOptions();
        var corpus = new Option<string>("--corpus") { DefaultValueFactory = _ => "build/corpus/gimp-help/usr/share/gimp/2.0/help/en", Description = "Folder of pages" };
        var model = new Option<string>("--model") { DefaultValueFactory = _ => "models/uvlm-tiny", Description = "Folder of the checkpoint" };
        var documents = Number("--documents", 0, "Only so many, spread over the corpus; 0 is all");
        var rounds = Number("--rounds", 3, "Loop and product in turns, so many times");
        var threads = Number("--threads", Environment.ProcessorCount, "Of both sides");
        var pass = Number("--pass-tokens", encoder.TokensPerPass, "EncoderOptions.TokensPerPass of both sides");
        var batch = Number("--batch-tokens", new DeviceOptions().MaxBatchTokens, "DeviceOptions.MaxBatchTokens, and the loop's");
        var workers = Number("--prepare-workers", new IngestPipelineOptions().PrepareWorkers, "IngestPipelineOptions.PrepareWorkers");
        var partitions = Number("--partitions", 4, "Of the topic");
        var m = Number("--hnsw-m", new HnswOptions().M, "HnswOptions.M");
        var ef = Number("--hnsw-ef", new HnswOptions().EfConstruction, "HnswOptions.EfConstruction");
        var from = Number("--hnsw-from", (int)new StoreOptions().HnswFromVectors, "StoreOptions.HnswFromVectors: with 1 the index is there from the beginning");
        foreach (var option in new Option[] { corpus, model, documents, rounds, threads, pass, batch, workers, partitions, m, ef, from })
            command.Options.Add(option);
        return result => new BenchOptions
        {
            Corpus = result.GetValue(corpus)!,
            Model = Path.GetFullPath(result.GetValue(model)!),
            Documents = result.GetValue(documents),
            Rounds = result.GetValue(rounds),
            Threads = result.GetValue(threads),
            TokensPerPass = result.GetValue(pass),
            BatchTokens = result.GetValue(batch),
            PrepareWorkers = result.GetValue(workers),
            Partitions = result.GetValue(partitions),
            HnswM = result.GetValue(m),
            HnswEfConstruction = result.GetValue(ef),
            HnswFrom = result.GetValue(from),
        };
    }

    public delegate BenchOptions Reader(ParseResult result);

    private static Option<int> Number(string name, int fallback, string description) => new(name) { DefaultValueFactory = _ => fallback, Description = description };

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
