// What writing costs: dotnet run -c Release --project bench/Storage -- [documents] [documents a range]
// What a document allocates, by type: dotnet run -c Release --project bench/Storage -- allocations [documents] [documents a range]
// Searching exactly and by HNSW: dotnet run -c Release --project bench/Storage -- exact | clusters [M/EF]... | words FOLDER [M/EF]...
// All of it in one run on one private cluster, so that the ratios hold whatever else the machine does.
using System.Diagnostics;
using System.Globalization;
using UnifiedVlm.Bench.Storage;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Embedded;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["exact" or "clusters" or "words", ..])
    return await IndexComparison.RunAsync(args);
var allocations = args is ["allocations", ..];
if (allocations)
    args = args[1..];
var documents = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 2000;
var range = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 50;
var folder = Path.Combine(Path.GetTempPath(), $"uvlm-bench-{Environment.ProcessId}");
try
{
    var options = new StoreOptions { Embedded = new EmbeddedPostgresOptions { DataFolder = folder } };
    // No index that comes due in between.
    await using var store = await Store.OpenAsync(allocations ? options with { HnswFromVectors = long.MaxValue / 2 } : options);
    if (allocations)
    {
        await AllocationBench.RunAsync(store, documents, range);
        return 0;
    }

    var bench = new WriteBench(store, documents, range);
    Console.WriteLine($"{documents} documents of {WriteBench.Parts} parts, {WriteBench.Dimension} dimensions, about 2 KB of text; {range} a range; {Environment.ProcessorCount} cores");
    Console.WriteLine($"{"",-66} documents/s  part rows/s  KB allocated a document");
    foreach (var (name, action) in bench.Measurements)
    {
        await bench.PrepareAsync();
        var (started, allocated) = (Stopwatch.GetTimestamp(), GC.GetTotalAllocatedBytes(precise: true));
        await action();
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine($"{name,-66} {documents / seconds,11:F0} {documents * WriteBench.Parts / seconds,12:F0} {(GC.GetTotalAllocatedBytes(precise: true) - allocated) / 1024.0 / documents,24:F1}");
    }
}
finally
{
    if (Directory.Exists(folder))
        Directory.Delete(folder, recursive: true);
}

return 0;
