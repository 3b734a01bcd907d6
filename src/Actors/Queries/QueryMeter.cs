using System.Diagnostics.Metrics;

namespace UnifiedVlm.Actors.Queries;

/// <summary>The meter <c>UnifiedVlm.Queries</c>.</summary>
internal sealed class QueryMeter : IDisposable
{
    public const string Name = "UnifiedVlm.Queries";

    private readonly Meter meter = new(Name);
    private readonly Counter<long> refused;
    private readonly Histogram<double> steps;

    /// <param name="pixelBytes">Of questions, taken now.</param>
    public QueryMeter(Func<long> underWay, Func<long> pixelBytes)
    {
        refused = meter.CreateCounter<long>("uvlm.query.refused", "{query}", "Questions refused because too many were under way, or too many pictures of theirs.");
        steps = meter.CreateHistogram<double>("uvlm.query.step", "s", "Time of one step of a search.");
        meter.CreateObservableGauge("uvlm.query.active", underWay, "{query}", "Questions waiting or under way.");
        meter.CreateObservableGauge("uvlm.query.pixels", pixelBytes, "By", "Decoded pictures of questions, as they are budgeted.");
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
