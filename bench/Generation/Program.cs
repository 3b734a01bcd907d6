// What continuous batching gains and what the device actor costs: dotnet run -c Release --project bench/Generation [-- ROUNDS]
// The weights are random: the time of a token does not depend on what it says, and texts that end by themselves are rare.
using System.Diagnostics;
using System.Globalization;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Bench.Generation;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Torch;

const int Tokens = 200;
const int Streams = 8;
const int LongPrompt = 700;
var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
var folder = Directory.CreateTempSubdirectory("uvlm-bench-").FullName;
foreach (var file in new[] { "config.json", "tokenizer.json" })
    File.Copy(Path.Combine("models", "uvlm-tiny", file), Path.Combine(folder, file));
var threads = Environment.ProcessorCount;
torch.set_num_threads(threads);
using var bare = UnifiedModelLoader.Load(folder);
await using var system = new ActorSystem("bench");
var device = DeviceClient.Start(system, "cpu", () => DeviceModel.Own(UnifiedModelLoader.Load(folder)), onThreadStart: () => torch.set_num_threads(threads));
await device.Ready;

var (bareRates, oneRates, manyRates, bareFirst, deviceFirst) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
for (var round = 0; round <= rounds; round++)
{
    var (_, bareTime) = BareLoop.Run(bare, Ids(64, round), Tokens);
    var oneTime = await StreamAsync(1, round);
    var manyTime = await StreamAsync(Streams, round);
    var (prefill, _) = BareLoop.Run(bare, Ids(LongPrompt, round), 1);
    var first = await FirstTokenAsync(round);
    if (round == 0)
        continue; // Warm now.
    bareRates.Add(Tokens / bareTime);
    oneRates.Add(Tokens / oneTime);
    manyRates.Add(Streams * Tokens / manyTime);
    bareFirst.Add(prefill);
    deviceFirst.Add(first);
}

Console.WriteLine($"bare loop, one text: {Median(bareRates):0} tokens/s; the device, one stream: {Median(oneRates):0} ({Median(Ratios(oneRates, bareRates)):0.00} of it); {Streams} streams: {Median(manyRates):0} ({Median(Ratios(manyRates, oneRates)):0.0} times one)");
Console.WriteLine($"first token after a prompt of {LongPrompt} tokens: {1000 * Median(deviceFirst):0.0} ms, {Median(Ratios(deviceFirst, bareFirst)):0.00} times a bare pass over it ({1000 * Median(bareFirst):0.0} ms)");
Console.WriteLine($"medians of {rounds} rounds, {threads} threads");
await device.StopAsync();
Directory.Delete(folder, recursive: true);
return;

async Task<double> StreamAsync(int streams, int round)
{
    var begin = Stopwatch.GetTimestamp();
    await Task.WhenAll(Enumerable.Range(0, streams).Select(async i =>
    {
        // A text that ends before its last token is followed by another one.
        for (var (tokens, text) = (0, 0); tokens < Tokens; text++)
        {
            var prompt = Prompt(Ids(64, (100 * round) + i + 1 + (10_000 * text)));
            var sampling = new SamplingOptions { Temperature = 1, Seed = (ulong)i, MaxTokens = Tokens - tokens };
            await foreach (var _ in device.GenerateAsync(prompt, sampling, CancellationToken.None))
                tokens++;
        }
    }));
    return Stopwatch.GetElapsedTime(begin).TotalSeconds;
}

async Task<double> FirstTokenAsync(int round)
{
    var begin = Stopwatch.GetTimestamp();
    await foreach (var _ in device.GenerateAsync(Prompt(Ids(LongPrompt, round)), SamplingOptions.Greedy with { MaxTokens = 1 }, CancellationToken.None))
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    throw new InvalidOperationException("No token came.");
}

// Ordinary words of the vocabulary, other ones each time: nothing is found in the KV cache.
static int[] Ids(int count, int seed)
{
    var dice = new Random(seed);
    return [.. Enumerable.Range(0, count).Select(_ => dice.Next(300, 8000))];
}

static GenerationPrompt Prompt(int[] ids) => new(new(ids, [], null, 0, 0));

static IEnumerable<double> Ratios(List<double> some, List<double> others) => some.Zip(others, static (a, b) => a / b);

static double Median(IEnumerable<double> values)
{
    var sorted = values.Order().ToArray();
    return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
}
