using System.Diagnostics.Metrics;

namespace UnifiedVlm.Streams.Telemetry;

/// <summary>The metrics of one pipeline, read from its status when someone listens.</summary>
internal sealed class StreamsMeter : IDisposable
{
    public const string Name = "UnifiedVlm.Streams";

    private readonly Meter meter = new(Name);

    public StreamsMeter(Func<PipelineStatus> status)
    {
        meter.CreateObservableCounter("uvlm.ingest.records", () => status().Totals.Records, "{record}", "Records read from sources.");
        meter.CreateObservableCounter("uvlm.ingest.bytes", () => status().Totals.Bytes, "By", "Raw bytes of the records read.");
        meter.CreateObservableCounter("uvlm.ingest.outcomes", () => Outcomes(status().Totals), "{record}", "Records written, by what became of them.");
        meter.CreateObservableCounter("uvlm.ingest.write_retries", () => status().WriteRetries, "{write}", "Writes that had to be tried again.");
        meter.CreateObservableCounter("uvlm.ingest.stage.busy", () => Stages(status(), static s => s.Busy), "s", "Time spent in a stage, summed over its records.");
        meter.CreateObservableCounter("uvlm.ingest.stage.active", () => Stages(status(), static s => s.Active), "s", "Time during which a stage held anything.");
        meter.CreateObservableGauge("uvlm.ingest.budget.in_use", () => Budgets(status(), static b => b.InUse), null, "Credits taken of a budget.");
        meter.CreateObservableGauge("uvlm.ingest.budget.capacity", () => Budgets(status(), static b => b.Capacity), null, "Credits of a budget.");
        meter.CreateObservableGauge("uvlm.ingest.budget.waiting", () => Budgets(status(), static b => b.Waiting), null, "Partitions or workers held back by a budget.");
        meter.CreateObservableGauge("uvlm.ingest.queue.length", () => Queues(status(), static q => q.Length), null, "What waits in a queue.");
        meter.CreateObservableGauge("uvlm.ingest.queue.capacity", () => Queues(status(), static q => q.Capacity), null, "What may wait in a queue.");
        meter.CreateObservableGauge("uvlm.ingest.stage.inside", () => Inside(status()), "{record}", "Records or batches in a stage.");
        meter.CreateObservableGauge("uvlm.ingest.partition.in_flight", () => Partitions(status(), static p => p.InFlight), "{record}", "Records of a partition read and not yet written.");
        meter.CreateObservableGauge("uvlm.ingest.partition.bytes", () => Partitions(status(), static p => p.InFlightBytes), "By", "Their raw bytes.");
        meter.CreateObservableGauge("uvlm.ingest.partition.held", () => Partitions(status(), static p => p.Held), "{record}", "Finished records that wait for an earlier one.");
        meter.CreateObservableGauge("uvlm.ingest.partition.ready", () => Partitions(status(), static p => p.Ready), "{record}", "Finished records in order that wait for the writer.");
        meter.CreateObservableGauge("uvlm.ingest.partition.halted", () => Halted(status()), "{partition}", "1 for a partition that is not read until an operator has decided something.");
        meter.CreateObservableGauge("uvlm.ingest.lag", () => Partitions(status(), static p => p.Lag), "{record}", "Records between the store and the end of a partition.");
    }

    public void Dispose() => meter.Dispose();

    private static IEnumerable<Measurement<long>> Outcomes(PipelineTotals totals) =>
    [
        new(totals.Upserted, Tag("outcome", "upserted")),
        new(totals.Unchanged, Tag("outcome", "unchanged")),
        new(totals.Stale, Tag("outcome", "stale")),
        new(totals.Deleted, Tag("outcome", "deleted")),
        new(totals.DeadLettered, Tag("outcome", "dead")),
    ];

    private static IEnumerable<Measurement<double>> Stages(PipelineStatus status, Func<StageStatus, TimeSpan> value) =>
        status.Stages.Select(s => new Measurement<double>(value(s).TotalSeconds, Tag("stage", s.Stage.ToString().ToLowerInvariant())));

    private static IEnumerable<Measurement<long>> Budgets(PipelineStatus status, Func<BudgetStatus, long> value) =>
        status.Budgets.Select(b => new Measurement<long>(value(b), Tag("budget", b.Name)));

    private static IEnumerable<Measurement<long>> Queues(PipelineStatus status, Func<QueueStatus, long> value) =>
        status.Queues.Select(q => new Measurement<long>(value(q), Tag("queue", q.Name)));

    private static IEnumerable<Measurement<long>> Inside(PipelineStatus status) =>
        status.Stages.Select(static s => new Measurement<long>(s.Inside, Tag("stage", s.Stage.ToString().ToLowerInvariant())));

    /// <param name="value">Null: not known of this partition.</param>
    private static IEnumerable<Measurement<long>> Partitions(PipelineStatus status, Func<PartitionStatus, long?> value) =>
        from partition in status.Partitions
        let known = value(partition)
        where known.HasValue
        select new Measurement<long>(
            known.GetValueOrDefault(), Tag("topic", partition.Partition.Topic), Tag("partition", partition.Partition.Partition));

    private static IEnumerable<Measurement<long>> Halted(PipelineStatus status) =>
        status.Halted.Select(static log => new Measurement<long>(1, Tag("topic", log.Topic), Tag("partition", log.Partition)));

    private static KeyValuePair<string, object?> Tag(string name, object value) => new(name, value);
}
