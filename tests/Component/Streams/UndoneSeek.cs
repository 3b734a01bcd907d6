using System.Collections.Concurrent;
using System.Reflection;
using Confluent.Kafka;

namespace UnifiedVlm.Tests.Component.Streams;

/// <summary>A consumer that reads from the beginning after the first position was set, as when a late answer undoes it.</summary>
public class UndoneSeek : ConsumerProxy
{
    /// <summary>The positions as they were asked for.</summary>
    public ConcurrentQueue<long> Asked { get; } = [];

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name != nameof(IConsumer<,>.Seek))
            return base.Invoke(targetMethod, args);
        var asked = (TopicPartitionOffset)args![0]!;
        var result = base.Invoke(targetMethod, [Asked.IsEmpty ? new TopicPartitionOffset(asked.TopicPartition, 0) : asked]);
        // One that was refused is asked for again.
        Asked.Enqueue(asked.Offset.Value);
        return result;
    }
}
