using System.Diagnostics;
using System.Globalization;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Bench.Queries;

/// <summary>One query of 8 parts against 1,000 candidates of 16 parts, 256 dimensions, by the product's ranker on one thread.</summary>
internal static class AlignmentBench
{
    private const int Dimension = 256;
    private const int QueryParts = 8;
    private const int CandidateParts = 16;
    private const int Candidates = 1000;
    private const int WarmUps = 50;
    private const int Repetitions = 500;

    public static void Run()
    {
        var random = new Random(1);
        var query = Sequence(random, QueryParts);
        var candidates = Enumerable.Range(0, Candidates).Select(_ => Sequence(random, CandidateParts)).ToArray();
        var options = new QueryOptions { AlignmentThreads = 1 };
        var (times, processor) = (new List<double>(), 0.0);
        for (var i = 0; i < WarmUps + Repetitions; i++)
        {
            if (i == WarmUps)
                processor = ProcessorTime();
            var begin = Stopwatch.GetTimestamp();
            CandidateRanker.Align(query, candidates, options);
            if (i >= WarmUps)
                times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }

        processor = (ProcessorTime() - processor) / Repetitions;

        Console.WriteLine(FormattableString.Invariant(
            $"alignment, 1 query x {Candidates} candidates of {QueryParts} x {CandidateParts} parts x {Dimension}, one thread, {Repetitions} times: p50 | p95 {new Quantiles(times)} ms, {processor:0.00} ms of processor time on average"));
    }

    /// <returns>Milliseconds of this thread: what else the machine does hardly shows.</returns>
    private static double ProcessorTime() => long.Parse(File.ReadAllText("/proc/thread-self/schedstat").Split(' ')[0], CultureInfo.InvariantCulture) / 1e6;

    private static SequenceEmbedding Sequence(Random random, int parts)
    {
        var vectors = new float[(parts + 1) * Dimension];
        for (var row = 0; row <= parts; row++)
            UnitVectors.Disturb(vectors.AsSpan(row * Dimension, Dimension), 1, random);
        return new SequenceEmbedding(
            Dimension, [.. Enumerable.Range(0, parts).Select(static p => new EmbeddedPart(p, PartKind.Text, 0, 1))],
            vectors.AsMemory(0, parts * Dimension), vectors.AsMemory(parts * Dimension));
    }
}
