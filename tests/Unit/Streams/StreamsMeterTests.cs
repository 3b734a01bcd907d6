using System.Diagnostics.Metrics;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Telemetry;
using UnifiedVlm.Tests.Unit.Deploy;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Streams;

[Collection(Meters.Collection)]
public sealed class StreamsMeterTests
{
    [Fact]
    public async Task Totals_budgets_and_lag_can_be_listened_to()
    {
        var seen = new Dictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                // What is measured as it happens comes on the threads of all pipelines, those of other tests too.
                if (instrument is { Meter.Name: "UnifiedVlm.Streams", IsObservable: true })
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
        // A topic of its own: other tests' pipelines are listened to as well.
        await using var harness = PipelineHarness.Start();
        var partition = await harness.Source.OpenAsync(4711);
        for (var i = 0; i < 3; i++)
            await partition.PostAsync(Records.Of(partition, i, Records.Document($"{i}")), CancellationToken.None);
        partition.ReportEnd(10);
        harness.Source.Halted = [new LogPartition("group", "log", "topic", 4712)];
        await Waiting.UntilAsync(() => harness.Pipeline.Status().Stages.Single(static s => s.Stage == PipelineStage.Write).Items == 3, "three are stored and counted");
        listener.RecordObservableInstruments();
        Assert.Equal(7, seen["uvlm.ingest.lag topic=topic partition=4711"]);
        Assert.Equal(1, seen["uvlm.ingest.partition.halted topic=topic partition=4712"]);
        Assert.True(seen["uvlm.ingest.records"] >= 3);
        Assert.True(seen["uvlm.ingest.outcomes outcome=upserted"] >= 3);
        Assert.True(seen["uvlm.ingest.budget.capacity budget=raw bytes"] > 0);
        Assert.True(seen["uvlm.ingest.stage.busy stage=write"] > 0);
        foreach (var budget in (string[])["records", "raw bytes", "vector bytes", "pixel bytes"])
            Assert.True(seen[$"uvlm.ingest.budget.capacity budget={budget}"] > 0);
        foreach (var queue in (string[])["decode", "decoding", "prepare", "transactions"])
            Assert.True(seen[$"uvlm.ingest.queue.capacity queue={queue}"] > 0 && seen.ContainsKey($"uvlm.ingest.queue.length queue={queue}"));
        foreach (var gauge in (string[])["in_flight", "bytes", "held", "ready"])
            Assert.True(seen.ContainsKey($"uvlm.ingest.partition.{gauge} topic=topic partition=4711"));
        Assert.True(seen.ContainsKey("uvlm.ingest.stage.inside stage=encode"));

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var name = instrument.Name;
            foreach (var tag in tags)
                name += $" {tag.Key}={tag.Value}";
            seen[name] = seen.GetValueOrDefault(name) + value;
        }
    }
}
