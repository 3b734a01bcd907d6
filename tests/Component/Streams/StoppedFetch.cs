using System.Reflection;
using Confluent.Kafka;

namespace UnifiedVlm.Tests.Component.Streams;

/// <summary>
/// A consumer whose partitions are no longer fetched once their position has been set, until they are assigned anew, and which has not said so: as when the word of
/// it stood behind a record for which there was no room, and the pause took it away.
/// </summary>
public class StoppedFetch : DispatchProxy
{
    private IConsumer<byte[], byte[]> consumer = null!;
    private bool isStopped;

    /// <summary>Positions that could not be set.</summary>
    public int Refused { get; private set; }

    public static IConsumer<byte[], byte[]> Over(IConsumer<byte[], byte[]> consumer, out StoppedFetch proxy)
    {
        var made = Create<IConsumer<byte[], byte[]>, StoppedFetch>();
        proxy = (StoppedFetch)(object)made;
        proxy.consumer = consumer;
        return made;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        switch (targetMethod!.Name)
        {
            case nameof(IConsumer<,>.Seek) when isStopped:
                Refused++;
                throw new KafkaException(new Error(ErrorCode.Local_State));
            case nameof(IConsumer<,>.IncrementalAssign):
                isStopped = false;
                break;
        }

        try
        {
            var result = targetMethod.Invoke(consumer, args);
            // Only one that was set: before that it has not begun to fetch.
            isStopped |= targetMethod.Name == nameof(IConsumer<,>.Seek) && Refused == 0;
            return result;
        }
        catch (TargetInvocationException e)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerException!);
            throw;
        }
    }
}
