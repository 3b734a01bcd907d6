using System.Globalization;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Embedded;
using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Bench.Storage;

/// <summary>The runs of <see cref="IndexBench"/> behind the choices in docs/storage.md: how many vectors are searched exactly, and which HNSW index follows.</summary>
internal static class IndexComparison
{
    private const int Dimension = 256;
    private const int Questions = 200;

    private static readonly HnswOptions[] Graphs = [new(16, 64), new(16, 32), new(12, 48), new(12, 32), new(10, 32), new(8, 32), new(8, 24)];

    public static async Task<int> RunAsync(string[] args)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var folder = Path.Combine(Path.GetTempPath(), $"uvlm-bench-{Environment.ProcessId}");
        try
        {
            await using var store = await Store.OpenAsync(new StoreOptions { Embedded = new EmbeddedPostgresOptions { DataFolder = folder } });
            switch (args)
            {
                case ["exact"]:
                    await (await NewAsync(store, Dimension)).ExactAsync(VectorSet.Clusters(40_000, Questions, Dimension), [5_000, 10_000, 20_000, 30_000, 40_000]);
                    await (await NewAsync(store, 4 * Dimension)).ExactAsync(VectorSet.Clusters(10_000, Questions, 4 * Dimension), [5_000, 10_000]);
                    break;
                case ["clusters"]:
                    await (await NewAsync(store, Dimension)).GraphsAsync(VectorSet.Clusters(32_000, Questions, Dimension), 28_000, Graphs);
                    break;
                case ["words", var corpus]:
                    await (await NewAsync(store, Dimension)).GraphsAsync(VectorSet.Words(corpus, 32_000, Questions, Dimension), 28_000, Graphs);
                    break;
                default:
                    Console.Error.WriteLine("exact | clusters | words FOLDER");
                    return 2;
            }

            return 0;
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Nothing is packed, so the generation counts as empty and the next one takes its place.</summary>
    private static async Task<IndexBench> NewAsync(Store store, int dimension)
        => new(store, (await store.Generations.EnsureLiveAsync($"bench {dimension}", dimension)).Id);
}
