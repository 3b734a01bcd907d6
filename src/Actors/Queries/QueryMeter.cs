using System.Diagnostics.Metrics;

namespace UnifiedVlm.Actors.Queries;

/// <summary>The meter <c>UnifiedVlm.Queries</c>.</summary>
internal sealed class QueryMeter : IDisposable
{
    public const string Name = "UnifiedVlm.Queries";

    // Without them a step of milliseconds and one of seconds are in one bucket.
    private static readonly double[] Bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly Meter meter = new(Name);
    private readonly Counter<long> refused;
    private readonly Histogram<double> steps;

    /// <param name="streaming">Of those, answers and conversations that have an actor.</param>
    /// <param name="pixelBytes">Of questions' pictures and the files of their evidence, taken now.</param>
    /// <param name="embeddingTokens">At the device now.</param>
    public QueryMeter(Func<long> underWay, Func<long> streaming, Func<long> pixelBytes, Func<long> embeddingTokens)
    {
        refused = meter.CreateCounter<long>("uvlm.query.refused", "{query}", "Questions refused because too many were under way, too many pictures of theirs, or too much at the device.");
        steps = meter.CreateHistogram("uvlm.query.step", "s", "Time of one step of a search.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Bounds });
        meter.CreateObservableGauge("uvlm.query.active", underWay, "{query}", "Questions waiting or under way.");
        meter.CreateObservableGauge("uvlm.query.streaming", streaming, "{query}", "Answers and conversations at work.");
        meter.CreateObservableGauge("uvlm.query.embedding.tokens", embeddingTokens, "{token}", "Tokens of documents to embed or rerank that are at the device.");
        meter.CreateObservableGauge("uvlm.query.pixels", pixelBytes, "By", "Pictures of questions, decoded, and files of their evidence until they are, as they are budgeted.");
    }

    public void Refused() => refused.Add(1);

    public void Searched(SearchTimings timings)
    {
        Record("prepare", timings.Prepare);
        Record("encode", timings.Encode);
        Record("candidates", timings.Candidates);
        Record("rerank", timings.Rerank);
        Record("load", timings.Load);
    }

    public void Dispose() => meter.Dispose();

    private void Record(string step, TimeSpan time) => steps.Record(time.TotalSeconds, new KeyValuePair<string, object?>("step", step));
}
