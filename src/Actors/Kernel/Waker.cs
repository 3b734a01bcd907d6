using System.Threading.Tasks.Sources;

namespace UnifiedVlm.Actors.Kernel;

/// <summary>
/// Lets the one reader sleep until someone has brought work. The reader calls <see cref="Clear"/>, looks for work once more, and only then
/// waits: work brought in between leaves the signal set, so no wake-up is lost. Allocates nothing after construction.
/// </summary>
internal abstract class Waker
{
    private const int Idle = 0;
    private const int Signalled = 1;
    private const int Waiting = 2;

    private int state;

    public void Wake()
    {
        // The work must be visible before the state is read, or both sides could miss each other.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref state) != Signalled && Interlocked.Exchange(ref state, Signalled) == Waiting)
            Release();
    }

    public void Clear() => Interlocked.Exchange(ref state, Idle);

    public ValueTask WaitAsync()
    {
        Prepare();
        return Interlocked.CompareExchange(ref state, Waiting, Idle) == Idle ? Block() : ValueTask.CompletedTask;
    }

    protected abstract void Prepare();

    protected abstract ValueTask Block();

    protected abstract void Release();
}

/// <summary>Suspends the actor's loop; it goes on with any pool thread.</summary>
internal sealed class PoolWaker : Waker, IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> source = new() { RunContinuationsAsynchronously = true };

    void IValueTaskSource.GetResult(short token) => source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => source.OnCompleted(continuation, state, token, flags);

    protected override void Prepare() => source.Reset();

    protected override ValueTask Block() => new(this, source.Version);

    protected override void Release() => source.SetResult(true);
}

/// <summary>Blocks the actor's own thread, so that its loop never leaves it.</summary>
internal sealed class ThreadWaker : Waker
{
    private readonly SemaphoreSlim semaphore = new(0);

    protected override void Prepare()
    {
    }

    protected override ValueTask Block()
    {
        semaphore.Wait();
        return ValueTask.CompletedTask;
    }

    protected override void Release() => semaphore.Release();
}
