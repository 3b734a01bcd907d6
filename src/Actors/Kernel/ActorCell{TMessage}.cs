using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Actors.Kernel;

/// <summary>
/// Runs one actor: a single loop, so that no two messages are ever processed at once. This part is the loop and its hot path; failures and
/// beginnings and ends are in the other parts.
/// </summary>
internal sealed partial class ActorCell<TMessage> : ActorCell
{
    private enum Next
    {
        GoOn,
        Sleep,
        Yield,
    }

    private readonly Props<TMessage> props;
    private readonly Mailbox<TMessage> mailbox;
    private readonly Waker waker;
    private readonly ActorContext<TMessage> context;
    private readonly RestartWindow restartWindow;
    private readonly ILogger logger;

    private Actor<TMessage>? actor;
    private bool suspended;

    // Between an escalation and the parent's verdict.
    private bool asleep;
    private bool draining;
    private bool stopping;

    public ActorCell(ActorSystem system, ActorCell? parent, string name, Props<TMessage> props)
        : base(system, parent, name)
    {
        this.props = props;
        mailbox = new Mailbox<TMessage>(props.Mailbox, Undelivered);
        waker = props.DedicatedThread ? new ThreadWaker() : new PoolWaker();
        logger = system.KernelLogger;
        restartWindow = new RestartWindow(props.Supervision, system.Time);
        Asks = new AskRegistry(Path);
        Self = new ActorRef<TMessage>(this);
        context = new ActorContext<TMessage>(this);
    }

    public ActorRef<TMessage> Self { get; }

    public AskRegistry Asks { get; }

    public override ActorRef Ref => Self;

    public override int MailboxDepth => mailbox.Depth;

    public override int MailboxCapacity => mailbox.Capacity;

    public override int PendingAsks => Asks.Count;

    public Mailbox<TMessage> Mailbox => mailbox;

    public override void Start()
    {
        if (props.DedicatedThread)
        {
            // Blocks nowhere but in the waker: every await in the loop is complete before it is awaited.
            var thread = new Thread(() => RunAsync().GetAwaiter().GetResult()) { IsBackground = true, Name = Path };
            thread.UnsafeStart();
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(static cell => _ = cell.RunAsync(), this, preferLocal: false);
        }
    }

    /// <summary>Tells the loop that the mailbox has something.</summary>
    public void Notify() => waker.Wake();

    protected override void Wake() => waker.Wake();

    private async Task RunAsync()
    {
        try
        {
            props.OnThreadStart?.Invoke();
            await BeginLifeAsync().ConfigureAwait(false);
            while (!stopping)
            {
                if (HasSignals)
                    await HandleSignalsAsync().ConfigureAwait(false);
                if (stopping)
                    break;

                var next = await ProcessAsync().ConfigureAwait(false);
                Repost(overdue);

                // The loop sleeps here and not further in, so that sleeping allocates nothing.
                switch (next)
                {
                    case Next.Sleep:
                        await waker.WaitAsync().ConfigureAwait(false);
                        break;
                    case Next.Yield:
                        await Task.Yield();
                        break;
                }
            }
        }
        catch (Exception failure)
        {
            // OnThreadStart, or a hook of the kernel itself: nothing supervision could repair.
            Failure = failure;
            KernelLog.Broken(logger, Path, failure);
        }

        await EndAsync().ConfigureAwait(false);
    }

    /// <summary>Works through the mailbox until it is empty, a signal comes, or it is time to let others run.</summary>
    private async ValueTask<Next> ProcessAsync()
    {
        for (var left = props.Throughput; left > 0; left--)
        {
            if (HasSignals || stopping || (overdue.Count > 0 && left < props.Throughput))
                return Next.GoOn;

            if (suspended || !mailbox.TryRead(out var message))
            {
                if (draining && !suspended)
                {
                    stopping = true;
                    return Next.GoOn;
                }

                waker.Clear();
                if (HasSignals)
                    return Next.GoOn;
                if (suspended || !mailbox.TryRead(out message))
                    return Next.Sleep;
            }

            try
            {
                var handled = actor!.Receive(message, System.Aborted);
                if (handled.IsCompleted)
                    handled.GetAwaiter().GetResult();
                else
                    await OutsideLoopAsync(handled).ConfigureAwait(false);
                Volatile.Write(ref processed, processed + 1);
            }
            catch (Exception failure)
            {
                await FailAsync(failure, child: null, starting: false).ConfigureAwait(false);
            }
        }

        return props.DedicatedThread ? Next.GoOn : Next.Yield;
    }

    /// <summary>Awaits work of the actor that did not end at once; on a dedicated thread that is an error of the actor.</summary>
    private async ValueTask OutsideLoopAsync(ValueTask work)
    {
        if (!props.DedicatedThread)
        {
            await work.ConfigureAwait(false);
            return;
        }

        // It has to end before the next message may begin, however wrong it is.
        Block(work.AsTask());
        throw new InvalidOperationException(
            $"{Path}: an actor with DedicatedThread awaited something that was not complete, so it went on on another thread. Work synchronously.");
    }

    private ValueTask InvokeAsync(ValueTask hook)
    {
        if (!hook.IsCompleted)
            return OutsideLoopAsync(hook);
        hook.GetAwaiter().GetResult();
        return ValueTask.CompletedTask;
    }

    /// <summary>Awaits something that is not the actor's own work, on a dedicated thread by blocking it.</summary>
    private ValueTask AwaitAsync(Task task)
    {
        if (!props.DedicatedThread)
            return new ValueTask(task);
        Block(task);
        return ValueTask.CompletedTask;
    }

    private static void Block(Task task) => task.GetAwaiter().GetResult();
}
