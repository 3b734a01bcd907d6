// A training step and a forward pass against Python PyTorch on the same libtorch: bench/Training/run.sh [--help]
using System.CommandLine;
using UnifiedVlm.Bench.Training;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Torch;

var root = new RootCommand("A training step and a forward pass of the product's network against the same network in Python PyTorch, in turns.");
var model = new Option<string>("--model") { Description = "Folder with config.json", DefaultValueFactory = static _ => "models/uvlm-tiny" };
var threads = new Option<int>("--threads") { Description = "Of either side", DefaultValueFactory = static _ => 1 };
var rounds = new Option<int>("--rounds") { Description = "Of which the median counts", DefaultValueFactory = static _ => 5 };
var count = new Option<int>("--count") { Description = "Steps in a row of either side", DefaultValueFactory = static _ => 2 };
var sequences = new Option<int>("--sequences") { Description = "Captioned pictures of a batch", DefaultValueFactory = static _ => 24 };
foreach (var option in new Option[] { model, threads, rounds, count, sequences })
    root.Options.Add(option);
root.SetAction(result =>
{
    torch.memory.tune();
    torch.set_num_threads(result.GetValue(threads));
    var config = ModelConfig.Load(result.GetValue(model)!);
    TrainingBatch[] batches =
    [
        TrainingBatch.Create("even", config, result.GetValue(sequences), 48, 48),
        TrainingBatch.Create("mixed", config, result.GetValue(sequences), 16, 80),
    ];
    var peak = SgemmPeak.Measure();
    var compared = batches
        .Select(batch => (batch, Comparison.Run(config, batch, result.GetValue(threads), result.GetValue(rounds), result.GetValue(count), Console.Error.WriteLine)))
        .ToList();
    peak = Math.Max(peak, SgemmPeak.Measure());
    var features = $"AVX-512 {Has(torch.cpu.supports_avx512)}, AVX512_BF16 {Has(torch.cpu.supports_avx512_bf16)}, AMX {Has(torch.cpu.supports_amx_bf16)}";
    Console.WriteLine($"libtorch {torch.__version__}, {result.GetValue(threads)} thread(s), {features}; sgemm of 1024^3: {peak / 1e9:F0} GFLOP/s");
    Console.WriteLine("batch  work               ours ms   python ms  layout   ours/python   share of sgemm");
    foreach (var (batch, works) in compared)
    {
        foreach (var work in works)
        {
            var share = FlopCount.Of(config, batch, work.Work.IsStep) / work.Own.Seconds / peak;
            Console.WriteLine($"{batch.Name,-6} {work.Work,-17} {1000 * work.Own.Seconds,8:F1} {1000 * work.Python.Run.Seconds,11:F1}  {work.Python.Layout,-8} {work.Ratio,10:F3} {share,15:P0}");
        }
    }
});
return await root.Parse(args).InvokeAsync();

static string Has(bool feature) => feature ? "yes" : "no";
