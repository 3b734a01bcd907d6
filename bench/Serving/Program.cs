// Searches while documents come in, the first token of a chat, and ten times more questions than a node can take: dotnet run -c Release --project bench/Serving
// One server and one client on the same cores; every ratio is of one run.
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using UnifiedVlm.Bench.Serving;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Importers;
using UnifiedVlm.Documents.Json;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var corpus = args.Length > 0 ? args[0] : "build/corpus";
var documents = new CorpusImporter(corpus).Import().ToList();
var questions = documents.Where(static d => d.Title is { Length: > 0 }).Select(static d => $"{d.Title} {FirstWords(d)}").Take(200).ToList();
await using var server = await ServerProcess.StartAsync();
var load = new Load(server.Http, questions);

var half = documents.Count / 2;
Console.WriteLine($"{documents.Count} documents of {corpus}, {Environment.ProcessorCount} cores");
await IngestAsync("", documents[..half]);
await load.AskAsync(2, TimeSpan.FromSeconds(5)); // Warm now.

var idle = await load.AskAsync(1, TimeSpan.FromSeconds(15));
var alone = await IngestAsync("", documents[half..]);
using var stop = new CancellationTokenSource();
var asking = load.AskAsync(stop.Token);
var beside = await IngestAsync("again/", documents[half..]);
await stop.CancelAsync();
var busy = await asking;
Console.WriteLine($"search, idle: p50 {idle.AnsweredMs(0.5):0} ms, p95 {idle.AnsweredMs(0.95):0} ms of {idle.Answered}");
Console.WriteLine($"search while documents come in: p50 {busy.AnsweredMs(0.5):0} ms, p95 {busy.AnsweredMs(0.95):0} ms of {busy.Answered}: {busy.AnsweredMs(0.95) / idle.AnsweredMs(0.95):0.0} times idle");
Console.WriteLine($"p50 by stage, idle: {idle.ByStage(0.5)}; beside ingestion: {busy.ByStage(0.5)}");
Console.WriteLine($"p95 by stage, idle: {idle.ByStage(0.95)}; beside ingestion: {busy.ByStage(0.95)}");
Console.WriteLine($"documents alone {alone:0.0}/s, beside the searches {beside:0.0}/s: {beside / alone:P0}");

Console.WriteLine(await FirstToken.MeasureAsync(server.Http, "models/uvlm-tiny", string.Join(' ', questions.Take(12))));

var full = await load.AskAsync(48, TimeSpan.FromSeconds(10));
var rate = full.Answered / 10.0;
var over = await load.PressAsync(10 * rate, TimeSpan.FromSeconds(10));
Console.WriteLine($"as many at once as a node takes: {rate:0}/s, p50 {full.AnsweredMs(0.5):0} ms, p95 {full.AnsweredMs(0.95):0} ms");
Console.WriteLine($"ten times that: {over.Answered} answered, p50 {over.AnsweredMs(0.5):0} ms, p95 {over.AnsweredMs(0.95):0} ms ({over.AnsweredMs(0.95) / full.AnsweredMs(0.95):0.0} times); {over.Refused} refused with 429, p50 {over.RefusedMs(0.5):0.0} ms, p95 {over.RefusedMs(0.95):0.0} ms");
return 0;

// Documents a second, from the first push until the last is stored.
async Task<double> IngestAsync(string prefix, IReadOnlyList<InterleavedDocument> some)
{
    var before = await server.StoredAsync();
    var begin = Stopwatch.GetTimestamp();
    foreach (var chunk in some.Chunk(20))
    {
        var lines = string.Join('\n', chunk.Select(d => Encoding.UTF8.GetString(DocumentJson.Serialize(d with { Id = prefix + d.Id }))));
        using var body = new StringContent(lines, Encoding.UTF8, "application/x-ndjson");
        using var reply = await server.Http.PostAsync("/v1/documents", body);
        if (!reply.IsSuccessStatusCode)
            throw new InvalidOperationException(JsonNode.Parse(await reply.Content.ReadAsStringAsync())!.ToJsonString());
    }

    while (await server.StoredAsync() < before + some.Count)
        await Task.Delay(100);
    return some.Count / Stopwatch.GetElapsedTime(begin).TotalSeconds;
}

static string FirstWords(InterleavedDocument document) =>
    string.Join(' ', document.Parts.OfType<TextPart>().First().Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Take(8));
