using System.Diagnostics;

namespace UnifiedVlm.Tests.Unit.Telemetry;

/// <summary>The spans that one trace gets while this listens: other tests' spans go by.</summary>
public sealed class RecordedSpans : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<Activity> ended = [];
    private readonly ActivityListener listener;

    public RecordedSpans(bool sampled = true)
    {
        TraceId = ActivityTraceId.CreateRandom();
        Parent = new ActivityContext(TraceId, ActivitySpanId.CreateRandom(), sampled ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None, isRemote: true);
        listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name.StartsWith("UnifiedVlm.", StringComparison.Ordinal),
            Sample = static (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = span =>
            {
                lock (gate)
                    ended.Add(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
    }

    public ActivityTraceId TraceId { get; }

    /// <summary>What a caller would send.</summary>
    public ActivityContext Parent { get; }

    public string TraceParent => $"00-{Parent.TraceId}-{Parent.SpanId}-{(Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? "01" : "00")}";

    /// <summary>In the order of their beginnings.</summary>
    public IReadOnlyList<Activity> Ended
    {
        get
        {
            lock (gate)
                return [.. ended.Where(span => span.TraceId == TraceId).OrderBy(static span => span.StartTimeUtc)];
        }
    }

    public Activity Single(string name) => Assert.Single(Ended, span => span.OperationName == name);

    /// <summary>No span of the trace hangs in the air: each one's parent is another of them, or the caller's.</summary>
    public void AssertOneTree()
    {
        var known = Ended.Select(static span => span.SpanId).Append(Parent.SpanId).ToHashSet();
        Assert.All(Ended, span => Assert.Contains(span.ParentSpanId, known));
    }

    public void Dispose() => listener.Dispose();
}
