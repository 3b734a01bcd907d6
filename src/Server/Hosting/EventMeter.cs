using System.Diagnostics.Metrics;
using UnifiedVlm.Storage.Outbox;

namespace UnifiedVlm.Server.Hosting;

/// <summary>The meter <c>UnifiedVlm.Events</c>, read when someone looks.</summary>
internal sealed class EventMeter : IDisposable
{
    private readonly Meter meter = new("UnifiedVlm.Events");

    /// <param name="status">Of the outbox as it was last seen.</param>
    /// <param name="underWay">Questions from Kafka.</param>
    public EventMeter(Func<OutboxStatus> status, Func<long> published, Func<int> underWay, Func<long> replies)
    {
        meter.CreateObservableGauge("uvlm.events.backlog", () => status().Unpublished, "{event}", "Events that are not published yet.");
        meter.CreateObservableGauge("uvlm.events.oldest_age", () => status().OldestAge?.TotalSeconds ?? 0, "s", "How long the oldest of them has waited.");
        meter.CreateObservableCounter("uvlm.events.dropped", () => status().Dropped, "{event}", "Events that were removed because nobody was there to publish them; of the whole database.");
        meter.CreateObservableCounter("uvlm.events.published", published, "{event}", "Events that this node has published, those that it published again included.");
        meter.CreateObservableGauge("uvlm.asks.under_way", underWay, "{question}", "Questions from Kafka under way.");
        meter.CreateObservableCounter("uvlm.asks.replies", replies, "{reply}", "Replies that the brokers have taken.");
    }

    public void Dispose() => meter.Dispose();
}
