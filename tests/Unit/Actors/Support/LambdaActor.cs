using UnifiedVlm.Actors.Kernel;

namespace UnifiedVlm.Tests.Unit.Actors.Support;

/// <summary>An actor made of functions. Reports the steps of its life to a probe, if it is given one.</summary>
public sealed class LambdaActor<T>(Func<ActorContext<T>, T, CancellationToken, ValueTask> receive, TestProbe<string>? life = null, Action<ActorContext<T>>? onStart = null)
    : Actor<T>
{
    protected override ValueTask OnStart(CancellationToken cancellationToken)
    {
        life?.Tell($"{Context.Self.Name} start");
        onStart?.Invoke(Context);
        return ValueTask.CompletedTask;
    }

    protected override ValueTask OnReceive(T message, CancellationToken cancellationToken) => receive(Context, message, cancellationToken);

    protected override ValueTask OnStop()
    {
        life?.Tell($"{Context.Self.Name} stop");
        return ValueTask.CompletedTask;
    }

    protected override ValueTask OnRestart(Exception cause)
    {
        life?.Tell($"{Context.Self.Name} restart");
        return ValueTask.CompletedTask;
    }
}

public static class LambdaActor
{
    public static Props<T> Props<T>(Action<ActorContext<T>, T> receive, TestProbe<string>? life = null, Action<ActorContext<T>>? onStart = null)
        => new(() => new LambdaActor<T>(
            (context, message, _) =>
            {
                receive(context, message);
                return ValueTask.CompletedTask;
            },
            life,
            onStart));

    public static Props<T> AsyncProps<T>(Func<ActorContext<T>, T, CancellationToken, ValueTask> receive, TestProbe<string>? life = null)
        => new(() => new LambdaActor<T>(receive, life));
}
