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

    /// <summary>Nearly as many as are there when the product builds an index, and the words of the corpus give.</summary>
    private const int Built = 25_000;
    private const int Inserted = 3_000;

    private static readonly string[] Graphs = ["16/64", "16/40", "12/40", "12/24", "8/32", "8/16"];

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
                case ["clusters", .. var graphs]:
                    await (await NewAsync(store, Dimension)).GraphsAsync(VectorSet.Clusters(Built + Inserted, Questions, Dimension), Built, Read(graphs));
                    break;
                case ["words", var corpus, .. var graphs]:
                    await (await NewAsync(store, Dimension)).GraphsAsync(VectorSet.Words(corpus, Built + Inserted, Questions, Dimension), Built, Read(graphs));
                    break;
                default:
                    Console.Error.WriteLine("exact | clusters [M/EF]... | words FOLDER [M/EF]...");
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

    private static HnswOptions[] Read(string[] graphs) => [.. (graphs.Length == 0 ? Graphs : graphs).Select(static graph => graph.Split('/'))
        .Select(static pair => new HnswOptions(int.Parse(pair[0], CultureInfo.InvariantCulture), int.Parse(pair[1], CultureInfo.InvariantCulture)))];

    /// <summary>Nothing is packed, so the generation counts as empty and the next one takes its place.</summary>
    private static async Task<IndexBench> NewAsync(Store store, int dimension)
        => new(store, (await store.Generations.EnsureAsync($"bench {dimension}", dimension)).Id);
}
