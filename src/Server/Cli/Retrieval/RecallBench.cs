using System.Globalization;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Search.Recall;

namespace UnifiedVlm.Server.Cli.Retrieval;

/// <summary>Measures both tables and says what to set.</summary>
internal sealed class RecallBench(string tenant, string? collection, int k, int candidates, int[] efSearch, double target)
{
    public async Task<int> RunAsync(
        Store store, Func<RecallTable, RecallProbe, Task<IReadOnlyList<RecallQuestion>>> questions, CancellationToken cancellationToken)
    {
        if (await store.OpenRecallAsync(tenant, collection, cancellationToken) is not { } probe)
            throw new UsageException("There is no index yet: ingest something first.");
        int? recommended = null;
        foreach (var table in Enum.GetValues<RecallTable>())
        {
            var asked = await questions(table, probe);
            if (asked.Count == 0)
                throw new UsageException($"Tenant '{tenant}' has no vectors{(collection is null ? "" : $" in collection '{collection}'")}: give another --tenant or --collection.");
            var hasIndex = await probe.HasIndexAsync(table, cancellationToken);
            var progress = new ProgressLine();
            var began = TimeProvider.System.GetTimestamp();
            progress.Begin(Name(table));
            // Of several near parts of one document a search takes one: it asks for more parts than documents.
            var measures = await probe.MeasureAsync(
                table, asked, k, table == RecallTable.Parts ? 2 * candidates : candidates, hasIndex ? efSearch : [], (done, of) => progress.Show("questions", done, of), cancellationToken);
            progress.End(TimeProvider.System.GetElapsedTime(began).TotalSeconds);
            Print(table, asked.Count, measures);
            var enough = measures.FirstOrDefault(m => m.EfSearch is not null && m.Recall >= target) ?? measures.LastOrDefault(static m => m.EfSearch is not null);
            recommended = enough is null ? recommended : Math.Max(recommended ?? 0, enough.EfSearch!.Value);
            if (enough is not null && enough.Recall < target)
                Console.WriteLine(Text($"No setting reaches {target:0.###} for {Name(table)}; the index was built with few links (docs/storage.md), or --ef should go further."));
        }

        Console.WriteLine(recommended is null
            ? "There is no HNSW index: every vector is looked at, and recall is 1 whatever ef_search is."
            : Text($"Recommended: ef_search {recommended} (a search's \"ef_search\", or uvlm query --ef-search)."));
        return 0;
    }

    private void Print(RecallTable table, int questions, IReadOnlyList<RecallMeasure> measures)
    {
        Console.WriteLine(Text($"{Name(table)}, {questions} questions, {(table == RecallTable.Parts ? 2 * candidates : candidates)} asked for as a search does"));
        Console.WriteLine();
        Console.WriteLine(Text($"| ef_search | recall@{k} | p50 ms | p95 ms |"));
        Console.WriteLine("|---|---|---|---|");
        foreach (var measure in measures)
        {
            Console.WriteLine(Text(
                $"| {measure.EfSearch?.ToString(CultureInfo.InvariantCulture) ?? "exact"} | {measure.Recall:0.0000} | {measure.P50.TotalMilliseconds:0.00} | {measure.P95.TotalMilliseconds:0.00} |"));
        }

        Console.WriteLine();
    }

    private static string Name(RecallTable table) => table == RecallTable.Parts ? "part vectors" : "document vectors";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
