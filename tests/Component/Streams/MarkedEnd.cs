using System.Reflection;
using Confluent.Kafka;

namespace UnifiedVlm.Tests.Component.Streams;

/// <summary>A consumer of logs whose last two offsets hold no records, as where a transaction ends: the test broker has no transactions.</summary>
public class MarkedEnd : ConsumerProxy
{
    private const int Markers = 2;

    /// <summary>How often a position was set.</summary>
    public int Sought { get; private set; }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var result = base.Invoke(targetMethod, args);
        if (targetMethod!.Name == nameof(IConsumer<,>.Seek))
            Sought++;
        switch (result)
        {
            case ConsumeResult<byte[], byte[]> { IsPartitionEOF: true } end:
                end.Offset = new Offset(end.Offset.Value + Markers);
                return end;
            case WatermarkOffsets { High.IsSpecial: false } ends:
                return new WatermarkOffsets(ends.Low, new Offset(ends.High.Value + Markers));
            default:
                return result;
        }
    }
}
