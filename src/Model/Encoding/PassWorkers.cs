using System.Runtime.ExceptionServices;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Model.Encoding;

/// <summary>
/// Runs independent passes side by side, one thread of the matrix kernels each. On a CPU that beats many threads on one pass: a pass of a
/// small model is hundreds of short kernels, and at the end of each the fastest thread would wait for the slowest, long if another program
/// has its core. Used by one caller at a time.
/// </summary>
public sealed class PassWorkers : IDisposable
{
    private readonly SemaphoreSlim near = new(0);
    private readonly SemaphoreSlim behind = new(0);
    private readonly SemaphoreSlim wide = new(0);
    private readonly CountdownEvent finished = new(1);
    private readonly List<Thread> helpers = [];
    private readonly string name;
    private bool hasThreadsBehind;
    private Action<int>? work;
    private int count;
    private int next;
    private int threadsOfWide;
    private ExceptionDispatchInfo? failure;
    private volatile bool disposed;

    /// <param name="threads">Passes at the same time. With 1 there are no helpers, and all is done by the caller.</param>
    /// <param name="name">Of the helpers, as a debugger shows them.</param>
    public PassWorkers(int threads, string name = "encode")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        this.name = name;
        for (var i = 1; i < threads; i++)
            Begin($"{name}-{i}", near, lowered: false);
    }

    public int Threads { get; }

    /// <summary>Calls <paramref name="pass"/> with 0 to <paramref name="passes"/> - 1, in no fixed order, and waits for all of them. The caller takes passes too.</summary>
    /// <exception cref="Exception">The first failure of a pass; passes not begun by then are left out.</exception>
    public void Run(int passes, Action<int> pass)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (passes < 2 || Threads == 1)
        {
            RunHere(passes, pass);
            return;
        }

        var threads = torch.get_num_threads();
        torch.set_num_threads(1);
        try
        {
            Share(passes, pass, near, Math.Min(Threads, passes) - 1, takePart: true);
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    /// <summary>
    /// As <see cref="Run"/>, all of it on threads of lowered priority, while the caller waits: work for which nobody waits lets everybody else go before, the
    /// database of the same machine too.
    /// </summary>
    /// <exception cref="Exception">As from <see cref="Run"/>.</exception>
    public void RunBehind(int passes, Action<int> pass)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (passes == 0 || Threads == 1)
        {
            RunHere(passes, pass);
            return;
        }

        if (!hasThreadsBehind)
            BeginThreadsBehind();
        threadsOfWide = torch.get_num_threads();
        Share(passes, pass, passes == 1 ? wide : behind, Math.Min(Threads, passes), takePart: false);
    }

    public void Dispose()
    {
        disposed = true;
        foreach (var gate in new[] { near, behind, wide })
            gate.Release(helpers.Count + 1);
        foreach (var helper in helpers)
            helper.Join();
        near.Dispose();
        behind.Dispose();
        wide.Dispose();
        finished.Dispose();
    }

    // A single pass has the whole machine: the caller's own setting of threads holds.
    private static void RunHere(int passes, Action<int> pass)
    {
        for (var i = 0; i < passes; i++)
            pass(i);
    }

    /// <summary>Whoever runs kernels on several threads keeps these, OpenMP's, for good: therefore one and the same helper has all the passes that are alone.</summary>
    private void BeginThreadsBehind()
    {
        for (var i = 1; i <= Threads; i++)
            Begin($"{name}-behind-{i}", behind, lowered: true);
        Begin($"{name}-behind", wide, lowered: true);
        hasThreadsBehind = true;
    }

    private void Begin(string called, SemaphoreSlim gate, bool lowered)
    {
        var helper = new Thread(() => HelperLoop(gate, lowered)) { IsBackground = true, Name = called };
        helpers.Add(helper);
        helper.Start();
    }

    private void Share(int passes, Action<int> pass, SemaphoreSlim gate, int helping, bool takePart)
    {
        (work, count, failure) = (pass, passes, null);
        Volatile.Write(ref next, -1);
        finished.Reset(helping + (takePart ? 1 : 0));
        gate.Release(helping);
        if (takePart)
            TakePasses();
        finished.Wait();
        work = null;
        failure?.Throw();
    }

    private void HelperLoop(SemaphoreSlim gate, bool lowered)
    {
        if (lowered)
            ThreadNiceness.Lower();
        var threads = 0;
        while (true)
        {
            gate.Wait();
            if (disposed)
                return;
            var wanted = ReferenceEquals(gate, wide) ? threadsOfWide : 1;
            if (threads != wanted)
                torch.set_num_threads(threads = wanted);
            TakePasses();
        }
    }

    private void TakePasses()
    {
        try
        {
            for (var i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
                work!(i);
        }
        catch (Exception error)
        {
            Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(error), null);
            Volatile.Write(ref next, count);
        }
        finally
        {
            finished.Signal();
        }
    }
}
