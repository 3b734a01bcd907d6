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
    private readonly SemaphoreSlim start = new(0);
    private readonly CountdownEvent finished = new(1);
    private readonly Thread[] helpers;
    private Action<int>? work;
    private int count;
    private int next;
    private int threadsEach;
    private ExceptionDispatchInfo? failure;
    private volatile bool disposed;

    /// <param name="threads">Passes at the same time. With 1 there are no helpers, and all is done by the caller.</param>
    /// <param name="name">Of the helpers, as a debugger shows them.</param>
    public PassWorkers(int threads, string name = "encode")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        helpers = new Thread[threads > 1 ? threads : 0];
        for (var i = 0; i < helpers.Length; i++)
        {
            helpers[i] = new Thread(HelperLoop) { IsBackground = true, Name = $"{name}-{i + 1}" };
            helpers[i].Start();
        }
    }

    public int Threads { get; }

    /// <summary>Calls <paramref name="pass"/> with 0 to <paramref name="passes"/> - 1, in no fixed order, and waits for all of them. The caller takes passes too.</summary>
    /// <exception cref="Exception">The first failure of a pass; passes not begun by then are left out.</exception>
    public void Run(int passes, Action<int> pass)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (passes < 2 || helpers.Length == 0)
        {
            RunHere(passes, pass);
            return;
        }

        var threads = torch.get_num_threads();
        torch.set_num_threads(1);
        try
        {
            Share(passes, pass, Math.Min(helpers.Length, passes) - 1, threadsForEach: 1, takePart: true);
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    /// <summary>
    /// As <see cref="Run"/>, all of it at the helpers' lowered priority, while the caller waits: work for which nobody waits lets everybody else go before,
    /// the database of the same machine too.
    /// </summary>
    /// <exception cref="Exception">As from <see cref="Run"/>.</exception>
    public void RunBehind(int passes, Action<int> pass)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (passes == 0 || helpers.Length == 0)
            RunHere(passes, pass);
        else
            Share(passes, pass, Math.Min(helpers.Length, passes), passes == 1 ? torch.get_num_threads() : 1, takePart: false);
    }

    public void Dispose()
    {
        disposed = true;
        start.Release(helpers.Length + 1);
        foreach (var helper in helpers)
            helper.Join();
        start.Dispose();
        finished.Dispose();
    }

    // A single pass has the whole machine: the caller's own setting of threads holds.
    private static void RunHere(int passes, Action<int> pass)
    {
        for (var i = 0; i < passes; i++)
            pass(i);
    }

    private void Share(int passes, Action<int> pass, int helping, int threadsForEach, bool takePart)
    {
        (work, count, failure, threadsEach) = (pass, passes, null, threadsForEach);
        Volatile.Write(ref next, -1);
        finished.Reset(helping + (takePart ? 1 : 0));
        start.Release(helping);
        if (takePart)
            TakePasses();
        finished.Wait();
        work = null;
        failure?.Throw();
    }

    private void HelperLoop()
    {
        torch.set_num_threads(1);
        ThreadNiceness.Lower();
        var threads = 1;
        while (true)
        {
            start.Wait();
            if (disposed)
                return;
            if (threads != threadsEach)
                torch.set_num_threads(threads = threadsEach);
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
