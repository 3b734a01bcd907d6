using System.Diagnostics;
using UnifiedVlm.Tests.Unit.Telemetry;

namespace UnifiedVlm.Tests.Unit.Actors.Device;

public sealed class DeviceTraceTests : DeviceTestBase
{
    private static readonly ActivitySource Callers = new("UnifiedVlm.Tests");

    [Fact]
    public async Task A_batch_is_the_first_callers_span_and_the_others_are_linked()
    {
        using var first = new RecordedSpans();
        using var second = new RecordedSpans();
        var device = Start();
        var (gate, held) = await HoldAsync(device);
        var (one, of) = Traced(first, () => Ingest(device, 10));
        var (two, other) = Traced(second, () => Ingest(device, 11));
        gate.Open();
        await Task.WhenAll(held, one, two);
        await System.DisposeAsync();

        var batch = Assert.Single(first.Ended.Concat(second.Ended), static span => span.OperationName == "encode batch");
        Assert.Contains(batch.ParentSpanId, (ActivitySpanId[])[of.SpanId, other.SpanId]);
        Assert.Equal(batch.ParentSpanId == of.SpanId ? other : of, Assert.Single(batch.Links).Context);
        Assert.Equal((2, 21, "ingest"), (batch.GetTagItem("uvlm.batch.documents"), batch.GetTagItem("gen_ai.usage.input_tokens"), batch.GetTagItem("uvlm.batch.priority")));
    }

    private static (Task Work, ActivityContext Span) Traced(RecordedSpans spans, Func<Task> work)
    {
        using var span = Callers.StartActivity("caller", ActivityKind.Internal, spans.Parent)!;
        return (work(), span.Context);
    }
}
