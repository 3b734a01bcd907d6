using System.Reflection;
using System.Runtime.ExceptionServices;
using Confluent.Kafka;

namespace UnifiedVlm.Tests.Component.Streams;

/// <summary>Stands between a source and its consumer, which does all that a test does not change.</summary>
public abstract class ConsumerProxy : DispatchProxy
{
    private IConsumer<byte[], byte[]> consumer = null!;

    public static IConsumer<byte[], byte[]> Over<T>(IConsumer<byte[], byte[]> consumer, out T proxy)
        where T : ConsumerProxy
    {
        var made = Create<IConsumer<byte[], byte[]>, T>();
        proxy = (T)(object)made;
        proxy.consumer = consumer;
        return made;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        try
        {
            return targetMethod!.Invoke(consumer, args);
        }
        catch (TargetInvocationException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerException!);
            throw;
        }
    }
}
