using System.Diagnostics;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Search.Recall;

namespace UnifiedVlm.Bench.Queries;

/// <summary>Queries one after another, each with what its stages took and its statements by themselves; and what the indexes find of what there is to find.</summary>
internal sealed class SearchBench(Store store, BenchEncoder encoder, IReadOnlyList<InterleavedDocument> queries)
{
    private const int Nearest = 10;

    public int? EfSearch { get; init; }

    public int? Candidates { get; init; }

    public async Task RunAsync(int rounds, CancellationToken cancellationToken)
    {
        var service = await encoder.StartQueriesAsync(store, cancellationToken);
        await using var statements = new StatementTimes(store);
        await RoundAsync(service, statements, cancellationToken); // Warm now.
        var measured = new List<List<Searched>>();
        for (var round = 0; round < rounds; round++)
            measured.Add(await RoundAsync(service, statements, cancellationToken));
        foreach (var round in measured)
            Console.WriteLine(FormattableString.Invariant($"a round of {round.Count} queries: total p50 | p95 {new Quantiles(round.Select(static s => s.Total))} ms"));
        Print(measured.MinBy(static round => new Quantiles(round.Select(static s => s.Total)).P95)!);
    }

    /// <summary>As <c>uvlm bench recall</c> counts it.</summary>
    public async Task RecallAsync(int count, CancellationToken cancellationToken)
    {
        if (count == 0)
            return;
        var probe = (await store.OpenRecallAsync(InterleavedDocument.DefaultTenant, null, cancellationToken))!;
        count = Math.Min(count, queries.Count);
        var embeddings = await encoder.EncodeAsync([.. Enumerable.Range(0, count).Select(i => queries[(int)((long)i * queries.Count / count)])], cancellationToken);
        var defaults = new QueryOptions();
        var (candidates, efSearch) = (Candidates ?? defaults.Candidates, EfSearch ?? defaults.EfSearch);
        Console.WriteLine(FormattableString.Invariant($"\n| recall@{Nearest}, {embeddings.Length} queries | ef_search | recall | p50 ms | p95 ms |\n|---|---|---|---|---|"));
        foreach (var table in Enum.GetValues<RecallTable>())
        {
            RecallQuestion[] questions = [.. embeddings.SelectMany(e => table == RecallTable.Documents
                ? [e.DocumentVector]
                : Enumerable.Range(0, e.Parts.Count).Select(e.PartVector)).Select(static vector => new RecallQuestion(vector, null))];
            var limit = table == RecallTable.Parts ? 2 * candidates : candidates;
            foreach (var measure in await probe.MeasureAsync(table, questions, Nearest, limit, [efSearch / 2, efSearch, 2 * efSearch], null, cancellationToken))
            {
                var setting = measure.EfSearch is { } ef ? FormattableString.Invariant($"{ef}, {limit} asked for") : "every vector looked at";
                Console.WriteLine(FormattableString.Invariant(
                    $"| {table} | {setting} | {measure.Recall:0.0000} | {measure.P50.TotalMilliseconds:0.00} | {measure.P95.TotalMilliseconds:0.00} |"));
            }
        }

        Console.WriteLine();
    }

    private async Task<List<Searched>> RoundAsync(QueryService service, StatementTimes statements, CancellationToken cancellationToken)
    {
        var round = new List<Searched>();
        var before = await statements.ReadAsync(cancellationToken);
        foreach (var query in queries)
        {
            var request = new SearchRequest(InterleavedDocument.DefaultTenant, query) { EfSearch = EfSearch, Candidates = Candidates };
            var begin = Stopwatch.GetTimestamp();
            var found = await service.SearchAsync(request, cancellationToken);
            var total = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            var after = await statements.ReadAsync(cancellationToken);
            round.Add(new Searched(total, found.Timings, after.ToDictionary(static time => time.Key, time => time.Value - before.GetValueOrDefault(time.Key))));
            before = after;
        }

        return round;
    }

    private static void Print(List<Searched> round)
    {
        Console.WriteLine("\n| the quietest round | p50 ms | p95 ms |\n|---|---|---|");
        Row("a query in total", static s => s.Total);
        Row("encoding, waiting for the device included", static s => s.Encoding);
        Row("all but encoding", static s => s.WithoutEncoding);
        Row("candidates", static s => s.Timings.Candidates.TotalMilliseconds);
        foreach (var kind in StatementTimes.Candidates)
            Row($"- {kind}, by itself in PostgreSQL", s => s.Own.GetValueOrDefault(kind));
        Row("- the sum of these", static s => s.OwnSum);
        Row("- the rest: planning, moving, unpacking, fusing", static s => s.Timings.Candidates.TotalMilliseconds - s.OwnSum);
        Row("alignment, fusion, paths", static s => s.Timings.Rerank.TotalMilliseconds);
        Row("loading what is shown", static s => s.Timings.Load.TotalMilliseconds);
        Row("preparing", static s => s.Timings.Prepare.TotalMilliseconds);
        var ratios = new Quantiles(round.Select(static s => s.WithoutEncoding / s.OwnSum));
        var means = round.Average(static s => s.WithoutEncoding) / round.Average(static s => s.OwnSum);
        var tails = new Quantiles(round.Select(static s => s.WithoutEncoding)).P95 / new Quantiles(round.Select(static s => s.OwnSum)).P95;
        Console.WriteLine(FormattableString.Invariant(
            $"\nall but encoding / the statements' own times: {means:0.00} of means, {tails:0.00} of p95; query by query p50 {ratios.P50:0.00}, p95 {ratios.P95:0.00}"));

        void Row(string name, Func<Searched, double> milliseconds) => Console.WriteLine($"| {name} | {new Quantiles(round.Select(milliseconds))} |");
    }

    /// <param name="Total">Milliseconds for the caller.</param>
    /// <param name="Own">Milliseconds of statements by themselves, by kind.</param>
    private sealed record Searched(double Total, SearchTimings Timings, IReadOnlyDictionary<string, double> Own)
    {
        public double Encoding => Timings.Encode.TotalMilliseconds;

        public double WithoutEncoding => Total - Encoding;

        public double OwnSum => StatementTimes.Candidates.Sum(kind => Own.GetValueOrDefault(kind));
    }
}
