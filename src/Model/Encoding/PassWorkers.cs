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
    private ExceptionDispatchInfo? failure;
    private volatile bool disposed;

    /// <param name="threads">The caller's own included.</param>
    /// <param name="name">Of the helpers, as a debugger shows them.</param>
    public PassWorkers(int threads, string name = "encode")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        helpers = new Thread[threads - 1];
        for (var i = 0; i < helpers.Length; i++)
        {
            helpers[i] = new Thread(HelperLoop) { IsBackground = true, Name = $"{name}-{i + 1}" };
            helpers[i].Start();
        }
    }

    public int Threads => helpers.Length + 1;

    /// <summary>Calls <paramref name="pass"/> with 0 to <paramref name="passes"/> - 1, in no fixed order, and waits for all of them.</summary>
    /// <exception cref="Exception">The first failure of a pass; passes not begun by then are left out.</exception>
    public void Run(int passes, Action<int> pass)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (passes < 2 || helpers.Length == 0)
        {
            // A single pass has the whole machine: the caller's own setting of threads holds.
            for (var i = 0; i < passes; i++)
                pass(i);
            return;
        }

        (work, count, failure) = (pass, passes, null);
        Volatile.Write(ref next, -1);
        var helping = Math.Min(helpers.Length, passes - 1);
        finished.Reset(helping + 1);
        start.Release(helping);
        var threads = torch.get_num_threads();
        torch.set_num_threads(1);
        try
        {
            TakePasses();
            finished.Wait();
        }
        finally
        {
            torch.set_num_threads(threads);
            work = null;
        }

        failure?.Throw();
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

    private void HelperLoop()
    {
        torch.set_num_threads(1);
        ThreadNiceness.Lower();
        while (true)
        {
            start.Wait();
            if (disposed)
                return;
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
