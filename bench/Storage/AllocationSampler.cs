using System.Diagnostics.Tracing;

namespace UnifiedVlm.Bench.Storage;

/// <summary>
/// What this process allocates, by type: the runtime tells of every allocation that fills up another 100 KB or so, which is a sample by size. Stacks are not told
/// in the process; dotnet-trace has them.
/// </summary>
internal sealed class AllocationSampler : EventListener
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private const EventKeywords GarbageCollection = (EventKeywords)1;
    private const string Tick = "GCAllocationTick";

    private readonly Dictionary<string, long> bytes = [];
    private readonly Lock gate = new();

    /// <summary>Bytes by type name, largest first. What was told too late to be counted is missing, so shares are right and sums a little low.</summary>
    public IReadOnlyList<(string Type, long Bytes)> ByType
    {
        get
        {
            lock (gate)
                return [.. bytes.Select(static b => (b.Key, b.Value)).OrderByDescending(static b => b.Value)];
        }
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Runtime)
            EnableEvents(eventSource, EventLevel.Verbose, GarbageCollection);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventName?.StartsWith(Tick, StringComparison.Ordinal) != true)
            return;
        var names = eventData.PayloadNames!;
        var type = (string)eventData.Payload![names.IndexOf("TypeName")]!;
        var amount = (ulong)eventData.Payload[names.IndexOf("AllocationAmount64")]!;
        lock (gate)
            bytes[type] = bytes.GetValueOrDefault(type) + (long)amount;
    }
}
