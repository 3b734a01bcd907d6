using System.Globalization;
using System.Text.Json;

namespace UnifiedVlm.Bench.Ingest;

/// <summary>What came out, as a table or as JSON. Shares are of medians over the rounds.</summary>
internal sealed record Report(BenchOptions Options, int Documents, int Pictures, long Characters, long Bytes, double SgemmPeak, IReadOnlyList<LoopResult> Loop, IReadOnlyList<ProductResult> Product)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public double LoopSeconds => Median(Loop.Select(static r => r.Seconds));

    public double ProductSeconds => Median(Product.Select(static r => r.Seconds));

    /// <summary>Throughput of the product as a share of the bare loop's.</summary>
    public double Share => LoopSeconds / ProductSeconds;

    /// <summary>The same in processor time of node, database and broker, which a busy machine disturbs less.</summary>
    public double ProcessorShare => Median(Loop.Select(static r => r.ProcessorSeconds)) / Median(Product.Select(static r => r.ProcessorSeconds));

    public double NodeProcessorShare => Median(Loop.Select(static r => r.ProcessorSeconds)) / Median(Product.Select(static r => r.NodeProcessorSeconds));

    /// <summary>Of the bare loop: all its processor time against one thread's plain matrix product.</summary>
    public double SgemmShare => Median(Loop.Select(r => r.Flop / r.ProcessorSeconds)) / SgemmPeak;

    public string ToJson() => JsonSerializer.Serialize(this, Indented);

    public void Print(TextWriter to)
    {
        Line(to, $"{Documents} documents, {Pictures} pictures, {Characters / 1e6:F2} M characters, {Bytes / 1048576.0:F1} MB of JSON; {Options.Threads} threads, "
            + $"{Options.TokensPerPass} tokens a pass, {Options.BatchTokens} a batch, {Options.PrepareWorkers} prepare workers; medians of {Loop.Count} rounds");
        Line(to, $"{"",-28}{"docs/s",9}{"tokens/s",10}{"wall s",9}{"CPU s per 1,000 documents",28}");
        var loop = Loop[0];
        Line(to, $"{"bare loop",-28}{Documents / LoopSeconds,9:F1}{loop.Tokens / LoopSeconds,10:F0}{LoopSeconds,9:F2}{PerThousand(Loop.Select(static r => r.ProcessorSeconds)),12:F1}");
        var product = Product[0];
        Line(to, $"{"product",-28}{Documents / ProductSeconds,9:F1}{product.Tokens / ProductSeconds,10:F0}{ProductSeconds,9:F2}{PerThousand(Product.Select(static r => r.ProcessorSeconds)),12:F1}"
            + $" = node {PerThousand(Product.Select(static r => r.NodeProcessorSeconds)):F1} + PostgreSQL {PerThousand(Product.Select(static r => r.DatabaseProcessorSeconds)):F1}"
            + $" + broker {PerThousand(Product.Select(static r => r.BrokerProcessorSeconds)):F1} (beside it the feeder {PerThousand(Product.Select(static r => r.FeederProcessorSeconds)):F1})");
        Line(to, $"share of the bare loop: {Share:P1} by time, {ProcessorShare:P1} by processor time ({NodeProcessorShare:P1} the node's alone)");
        foreach (var (l, p) in Loop.Zip(Product))
            Line(to, $"  round: loop {l.Seconds:F2} s, {l.ProcessorSeconds:F2} CPU s; product {p.Seconds:F2} s, {p.ProcessorSeconds:F2} CPU s; share {l.Seconds / p.Seconds:P1}, {l.ProcessorSeconds / p.ProcessorSeconds:P1}");
        Line(to, $"stored {string.Join(", ", Product.Select(static p => p.Stored))} of {Documents} ({product.StoredParts} part vectors with the warm-up's; vector index: {product.VectorIndex}); until the partitions were assigned {Median(Product.Select(static p => p.JoinSeconds)):F1} s, not counted");
        Line(to, $"loop: encode {Median(Loop.Select(static r => r.EncodeSeconds)):F2} s, prepare {Median(Loop.Select(static r => r.PrepareProcessorSeconds)):F2} thread-s, {loop.Batches} batches, {loop.Flop / 1e12:F2} TFLOP, "
            + $"sgemm {SgemmPeak / 1e9:F0} GFLOP/s a thread: {SgemmShare:P0} of it over all processor time");
        Line(to, $"product: device busy {Median(Product.Select(static p => p.DeviceSeconds)):F2} s, idle {1 - Median(Product.Select(static p => p.DeviceSeconds / p.Seconds)):P0}, {product.Batches} batches, "
            + $"padding {product.PaddedTokens / (double)product.Tokens - 1:P0} of the budget, GC pauses {Median(Product.Select(static p => p.GarbagePauseSeconds)):F2} s");
        Line(to, $"CPU s by thread, last round: loop {Threads(Loop[^1].Threads)}");
        Line(to, $"  node {Threads(Product[^1].Threads)}, ended or small ones {Product[^1].NodeProcessorSeconds - Product[^1].Threads.Values.Sum():F2}");
        Line(to, $"stages, seconds with work / summed: {string.Join(", ", product.Stages.Keys.Select(k => string.Create(CultureInfo.InvariantCulture, $"{k} {Median(Product.Select(p => p.Stages[k].Active)):F1} / {Median(Product.Select(p => p.Stages[k].Busy)):F1}")))}");
    }

    private static string Threads(IReadOnlyDictionary<string, double> times) => string.Join(
        ", ", times.Where(static t => t.Value >= 0.05).OrderByDescending(static t => t.Value).Select(static t => string.Create(CultureInfo.InvariantCulture, $"{t.Key} {t.Value:F2}")));

    private double PerThousand(IEnumerable<double> seconds) => Median(seconds) * 1000 / Documents;

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static void Line(TextWriter to, FormattableString text) => to.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private static void Line(TextWriter to, string text) => to.WriteLine(text);
}
