using System.Diagnostics;
using System.Globalization;
using System.Text;
using UnifiedVlm.Actors.Telemetry;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Streams.Telemetry;

/// <summary>
/// The spans of one record: <c>process TOPIC</c> from when it was read to its commit, in the trace that its headers name; below it one for each stage it
/// passes, so their number is bounded. Transactions and comparisons are many records' at once: spans that those records share.
/// </summary>
internal sealed class RecordTrace
{
    private const string MessagingKafka = "kafka";
    private const string ReplayTopic = "replay";

    private static readonly ActivitySource Source = new(StreamsMeter.Name);

    private readonly Activity process;
    private Activity? write;

    private RecordTrace(Activity process) => this.process = process;

    /// <summary>Of the span that the store's work on this record belongs to.</summary>
    public ActivityContext Context => (write ?? process).Context;

    /// <returns>Null: nobody listens, or the record's trace is not sampled.</returns>
    public static RecordTrace? Begin(SourceRecord record)
    {
        if (!Source.HasListeners())
            return null;
        var at = record.Partition;
        if (Source.StartDetached($"process {at.Topic}", ActivityKind.Consumer, Parent(record.Headers)) is not { } span)
            return null;
        span.SetTag("messaging.system", System(at));
        span.SetTag("messaging.operation.name", "process");
        span.SetTag("messaging.operation.type", "process");
        span.SetTag("messaging.destination.name", at.Topic);
        span.SetTag("messaging.destination.partition.id", at.Partition.ToString(CultureInfo.InvariantCulture));
        span.SetTag("messaging.consumer.group.name", at.GroupId);
        if (record.Value is { } value)
            span.SetTag("messaging.message.body.size", value.Length);
        if (System(at) == MessagingKafka)
            span.SetTag("messaging.kafka.offset", record.Offset);
        if (System(at) == MessagingKafka && record.Value is null)
            span.SetTag("messaging.kafka.message.tombstone", true);
        return new RecordTrace(span);
    }

    /// <summary>The value of <c>messaging.system</c>: logs that are no broker's are this program's own.</summary>
    public static string System(LogPartition log) => log.LogId is InboxSource.Topic or ReplayTopic or LocalSource.LocalLog ? "uvlm" : MessagingKafka;

    /// <summary>
    /// Work of the store on several records, which becomes this flow's current span and is to be disposed of by it: a child of the first record that is traced, with
    /// links to the others. The driver's spans are below it.
    /// </summary>
    public static Activity? BeginShared(string name, IEnumerable<RecordTrace?> records)
    {
        if (Source.StartShared(name, ActivityKind.Internal, records.OfType<RecordTrace>().Select(static trace => trace.Context)) is not { } span)
            return null;
        Activity.Current = span;
        return span;
    }

    /// <summary>There is room for the record: what passed until now was back-pressure.</summary>
    public void Admitted() => process.AddEvent(new ActivityEvent("admitted"));

    /// <summary>The record enters a stage, on this flow of control, which is to dispose of the span.</summary>
    public Activity? Enter(PipelineStage stage) => Source.StartActivity(NameOf(stage), ActivityKind.Internal, process.Context);

    /// <summary>The record is finished: it waits for its turn and for the transaction.</summary>
    public void Finished() => write ??= Source.StartDetached(NameOf(PipelineStage.Write), ActivityKind.Internal, process.Context);

    /// <summary>The record's outcome is committed.</summary>
    public void Committed(RecordOutcome? outcome)
    {
        process.SetTag("uvlm.outcome", outcome switch { DocumentUpsert => "document", DocumentDelete => "delete", DeadLetter => "dead", _ => "none" });
        if (outcome is DeadLetter letter)
        {
            process.SetTag("error.type", letter.Stage);
            process.SetStatus(ActivityStatusCode.Error, letter.Reason);
        }

        End();
    }

    /// <summary>The record is given up: the next owner of its partition reads it again.</summary>
    public void Dropped()
    {
        process.SetTag("uvlm.outcome", "dropped");
        End();
    }

    private void End()
    {
        write?.EndDetached();
        process.EndDetached();
    }

    private static string NameOf(PipelineStage stage) => stage.ToString().ToLowerInvariant();

    /// <summary>W3C's headers, or those of CloudEvents' extension for tracing. What can't be read is as if it were not there: it is no part of the document.</summary>
    private static ActivityContext Parent(IReadOnlyList<KeyValuePair<string, byte[]>> headers)
    {
        string? parent = null, state = null;
        foreach (var (name, value) in headers)
        {
            if (value is null)
                continue;
            if (name is "traceparent" or "ce_traceparent")
                parent ??= Encoding.ASCII.GetString(value);
            else if (name is "tracestate" or "ce_tracestate")
                state ??= Encoding.ASCII.GetString(value);
        }

        return ActivityContext.TryParse(parent, state, isRemote: true, out var context) ? context : default;
    }
}
