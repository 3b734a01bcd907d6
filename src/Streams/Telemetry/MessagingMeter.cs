using System.Diagnostics;
using System.Diagnostics.Metrics;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Streams.Telemetry;

/// <summary>What OpenTelemetry asks of a consumer, beside <see cref="StreamsMeter"/>: records received, and how long each took to its commit.</summary>
internal sealed class MessagingMeter : IDisposable
{
    private static readonly double[] Bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

    private readonly Meter meter = new(StreamsMeter.Name);
    private readonly Counter<long> received;
    private readonly Histogram<double> processed;

    public MessagingMeter()
    {
        received = meter.CreateCounter<long>("messaging.client.consumed.messages", "{message}", "Records received from sources.");
        processed = meter.CreateHistogram(
            "messaging.process.duration", "s", "From a record's arrival to the commit of its outcome, waiting for room included.", null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = Bounds });
    }

    public void Received(LogPartition log) => received.Add(1, Tags(log, "receive"));

    public void Processed(LogPartition log, RecordOutcome? outcome, TimeSpan time)
    {
        if (!processed.Enabled)
            return;
        var tags = Tags(log, "process");
        if (outcome is DeadLetter letter)
            tags.Add("error.type", letter.Stage);
        processed.Record(time.TotalSeconds, tags);
    }

    public void Dispose() => meter.Dispose();

    private static TagList Tags(LogPartition log, string operation) => new()
    {
        { "messaging.system", RecordTrace.System(log) },
        { "messaging.operation.name", operation },
        { "messaging.destination.name", log.Topic },
        { "messaging.consumer.group.name", log.GroupId },
    };
}
