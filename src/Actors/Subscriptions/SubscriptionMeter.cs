using System.Diagnostics.Metrics;

namespace UnifiedVlm.Actors.Subscriptions;

/// <summary>The meter <c>UnifiedVlm.Subscriptions</c>.</summary>
internal sealed class SubscriptionMeter : IDisposable
{
    private static readonly double[] Bounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly Meter meter = new("UnifiedVlm.Subscriptions");
    private readonly Counter<long> matched;
    private readonly Histogram<double> duration;

    public SubscriptionMeter()
    {
        matched = meter.CreateCounter<long>("uvlm.subscriptions.matched", "{event}", "Events raised.");
        duration = meter.CreateHistogram(
            "uvlm.subscriptions.document.duration", "s", "Comparing a document with its tenant's subscriptions, reading and writing left out.", null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = Bounds });
    }

    public void Matched(int events) => matched.Add(events);

    public void Compared(TimeSpan time) => duration.Record(time.TotalSeconds);

    public void Dispose() => meter.Dispose();
}
