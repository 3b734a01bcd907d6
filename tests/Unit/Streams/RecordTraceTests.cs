using System.Diagnostics;
using System.Text;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Tests.Unit.Streams.Fakes;
using UnifiedVlm.Tests.Unit.Telemetry;

namespace UnifiedVlm.Tests.Unit.Streams;

public sealed class RecordTraceTests
{
    [Theory]
    [InlineData("traceparent")]
    [InlineData("ce_traceparent")]
    public async Task A_record_is_one_trace_from_its_header_to_its_commit(string header)
    {
        using var spans = new RecordedSpans();
        await using (var harness = PipelineHarness.Start())
        {
            var partition = await harness.Source.OpenAsync(0);
            await partition.PostAsync(Traced(Records.Of(partition, 0, Records.Document("a")), header, spans.TraceParent), CancellationToken.None);
            await harness.FinishAsync();
        }

        Assert.Equal(["process topic", "decode", "compare", "prepare", "encode", "write", "commit"], spans.Ended.Select(static span => span.OperationName));
        spans.AssertOneTree();
        var process = spans.Single("process topic");
        Assert.Equal(spans.Parent.SpanId, process.ParentSpanId);
        Assert.Equal(ActivityKind.Consumer, process.Kind);
        Assert.Equal(spans.Single("write").SpanId, spans.Single("commit").ParentSpanId);
        Assert.Equal(
            ("kafka", "process", "topic", "0", "group", 0L, "document"),
            (Tag("messaging.system"), Tag("messaging.operation.type"), Tag("messaging.destination.name"), Tag("messaging.destination.partition.id"),
                Tag("messaging.consumer.group.name"), Tag("messaging.kafka.offset"), Tag("uvlm.outcome")));
        Assert.Equal(3, spans.Single("encode").GetTagItem("gen_ai.usage.input_tokens"));
        Assert.All(spans.Ended, span => Assert.True(process.StartTimeUtc <= span.StartTimeUtc && span.StartTimeUtc + span.Duration <= process.StartTimeUtc + process.Duration + Slack));

        object? Tag(string name) => process.GetTagItem(name);
    }

    /// <summary>A span's times are by two clocks: when it began by the wall's, how long it took by another.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task Preparation_has_ended_when_encoding_begins()
    {
        using var spans = new RecordedSpans();
        await using var harness = PipelineHarness.Start();
        string[] ended = [];
        harness.Model.OnEncode = (_, _) =>
        {
            ended = [.. spans.Ended.Select(static span => span.OperationName)];
            return Task.CompletedTask;
        };
        var partition = await harness.Source.OpenAsync(0);
        await partition.PostAsync(Traced(Records.Of(partition, 0, Records.Document("a")), "traceparent", spans.TraceParent), CancellationToken.None);
        await harness.FinishAsync();
        Assert.Equal(["decode", "compare", "prepare"], ended);
    }

    [Fact]
    public async Task A_transaction_is_the_first_records_span_and_the_others_are_linked()
    {
        using var first = new RecordedSpans();
        using var second = new RecordedSpans();
        await using (var harness = PipelineHarness.Start(PipelineHarness.Options with { WriteLinger = TimeSpan.FromMinutes(1), WriteBatchRecords = 2 }))
        {
            var posted = new TaskCompletionSource();
            harness.Model.OnEncode = (_, _) => posted.Task;
            var partition = await harness.Source.OpenAsync(0);
            await partition.PostAsync(Traced(Records.Of(partition, 0, Records.Document("a")), "traceparent", first.TraceParent), CancellationToken.None);
            await partition.PostAsync(Traced(Records.Of(partition, 1, Records.Document("b")), "traceparent", second.TraceParent), CancellationToken.None);
            posted.SetResult();
            await harness.FinishAsync();
        }

        var commit = first.Single("commit");
        Assert.DoesNotContain(second.Ended, static span => span.OperationName == "commit");
        Assert.Equal(second.Single("write").Context, Assert.Single(commit.Links).Context);
        Assert.Equal(2, commit.GetTagItem("messaging.batch.message_count"));
    }

    [Fact]
    public async Task A_dead_letter_is_an_error_that_says_where_and_why()
    {
        string reason;
        using var spans = new RecordedSpans();
        await using (var harness = PipelineHarness.Start())
        {
            var partition = await harness.Source.OpenAsync(0);
            await partition.PostAsync(Traced(Records.Raw(partition, 0, "no json"u8.ToArray()), "traceparent", spans.TraceParent), CancellationToken.None);
            await harness.FinishAsync();
            reason = Assert.Single(harness.Store.DeadLetters).Reason;
        }

        var process = spans.Single("process topic");
        Assert.Equal((ActivityStatusCode.Error, "dead", "decode"), (process.Status, process.GetTagItem("uvlm.outcome"), process.GetTagItem("error.type")));
        Assert.Equal(reason, process.StatusDescription);
    }

    [Fact]
    public async Task A_record_that_is_given_up_says_so()
    {
        using var spans = new RecordedSpans();
        await using (var harness = PipelineHarness.Start())
        {
            var entered = new TaskCompletionSource();
            harness.Model.OnEncode = (_, token) =>
            {
                entered.SetResult();
                return Task.Delay(Timeout.Infinite, token);
            };
            var partition = await harness.Source.OpenAsync(0);
            await partition.PostAsync(Traced(Records.Of(partition, 0, Records.Document("a")), "traceparent", spans.TraceParent), CancellationToken.None);
            await entered.Task.WaitAsync(Waiting.Limit);
            partition.Revoke();
            await partition.DrainAsync(CancellationToken.None).WaitAsync(Waiting.Limit);
        }

        Assert.Equal("dropped", spans.Single("process topic").GetTagItem("uvlm.outcome"));
    }

    [Fact]
    public async Task A_trace_that_its_caller_does_not_sample_is_not_recorded()
    {
        using var spans = new RecordedSpans(sampled: false);
        await using (var harness = PipelineHarness.Start())
        {
            var partition = await harness.Source.OpenAsync(0);
            await partition.PostAsync(Traced(Records.Of(partition, 0, Records.Document("a")), "traceparent", spans.TraceParent), CancellationToken.None);
            await harness.FinishAsync();
        }

        Assert.Empty(spans.Ended);
    }

    [Fact]
    public async Task A_trace_that_can_not_be_read_is_no_fault_of_the_document()
    {
        using var spans = new RecordedSpans();
        await using var harness = PipelineHarness.Start();
        var partition = await harness.Source.OpenAsync(0);
        await partition.PostAsync(Traced(Records.Of(partition, 0, Records.Document("a")), "traceparent", "\u0001 not one"), CancellationToken.None);
        await harness.FinishAsync();
        Assert.Equal(1, harness.Pipeline.Status().Totals.Upserted);
    }

    private static SourceRecord Traced(SourceRecord record, string header, string value) => record with { Headers = [new(header, Encoding.UTF8.GetBytes(value))] };
}
