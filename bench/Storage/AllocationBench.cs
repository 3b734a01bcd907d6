using System.Globalization;
using UnifiedVlm.Storage;

namespace UnifiedVlm.Bench.Storage;

/// <summary>What a document costs the garbage collector once everything is warm, and in which types.</summary>
internal static class AllocationBench
{
    private const int Shown = 12;

    /// <summary>Each way three times: to get warm, to be counted, and to be sampled.</summary>
    public static async Task RunAsync(Store store, int documents, int range)
    {
        var bench = new WriteBench(store, documents, range);
        await bench.PrepareAsync();
        foreach (var (name, action) in bench.WithoutHnsw)
        {
            await action();
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await action();
            var each = (GC.GetTotalAllocatedBytes(precise: true) - before) / 1024.0 / documents;
            // Once more under the sampler, whose own garbage is none of the figure.
            using var sampler = new AllocationSampler();
            await action();
            var types = sampler.ByType;
            var sum = (double)types.Sum(static t => t.Bytes);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {each:F1} KB a document"));
            foreach (var (type, bytes) in types.Take(Shown))
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{bytes / sum * each,10:F1} KB  {type}"));
        }
    }
}
