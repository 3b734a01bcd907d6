using System.Reflection;
using Confluent.Kafka;

namespace UnifiedVlm.Tests.Component.Streams;

/// <summary>
/// A consumer whose partitions are no longer fetched once their position has been set, until they are assigned anew, and which has not said so: as when the word of
/// it stood behind a record for which there was no room, and the pause took it away.
/// </summary>
public class StoppedFetch : ConsumerProxy
{
    /// <summary>Set beforehand: its partitions are not even fetched at first, as when the brokers refuse its question where the log begins.</summary>
    public bool IsStopped { get; set; }

    /// <summary>Positions that could not be set.</summary>
    public int Refused { get; private set; }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        switch (targetMethod!.Name)
        {
            case nameof(IConsumer<,>.Seek) when IsStopped:
                Refused++;
                throw new KafkaException(new Error(ErrorCode.Local_State));
            case nameof(IConsumer<,>.IncrementalAssign):
                IsStopped = false;
                break;
        }

        var result = base.Invoke(targetMethod, args);
        // Only one that was set: before that it has not begun to fetch.
        IsStopped |= targetMethod.Name == nameof(IConsumer<,>.Seek) && Refused == 0;
        return result;
    }
}
