// What subscriptions cost a document that is indexed: dotnet run -c Release --project bench/Subscriptions -- [subscriptions] [documents] [parts of a query]
using System.Globalization;
using UnifiedVlm.Bench.Subscriptions;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Embedded;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
int Argument(int place, int fallback) => args.Length > place ? int.Parse(args[place], CultureInfo.InvariantCulture) : fallback;
var (subscriptions, documents, parts) = (Argument(0, 1000), Argument(1, 512), Argument(2, 2));
var folder = Path.Combine(Path.GetTempPath(), $"uvlm-bench-{Environment.ProcessId}");
try
{
    await using var store = await Store.OpenAsync(
        new StoreOptions { Embedded = new EmbeddedPostgresOptions { DataFolder = folder }, SubscriptionsPerTenant = subscriptions, HnswFromVectors = long.MaxValue / 2 });
    var bench = new MatchBench(store, subscriptions, documents, parts);
    Console.WriteLine(
        $"{subscriptions} subscriptions of {parts} parts, half of them with a filter; {documents} documents of {MatchBench.DocumentParts} parts; {MatchBench.Dimension} dimensions; one shard; {Environment.ProcessorCount} cores");
    await bench.RunAsync("some meet", threshold: 0.7f);
    await bench.RunAsync("all meet", threshold: -1);
}
finally
{
    if (Directory.Exists(folder))
        Directory.Delete(folder, recursive: true);
}
